"""Helm takes our lines: by its grammar, and by Helm itself where it is installed.

Flags: https://helm.sh/docs/helm/helm_upgrade/ ; how ``--set-json`` is read:
https://helm.sh/docs/intro/using_helm/#the-format-and-limitations-of---set .
"""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster, Fault, broken
from faults import plugins
from fix.recorded import report_of, scenarios
from hypothesis import given
from hypothesis import strategies as st

from efadoctor import diagnose
from efadoctor.fix.render.helm import helm_line
from efadoctor.fix.render.shell import Shell
from efadoctor.model.fix import ChartValues
from efadoctor.model.reference import ObjectRef

WITH_VALUE = frozenset({"--kube-context", "--namespace", "-n", "--repo", "--version", "--set-json"})
ALONE = frozenset({"--reuse-values", "--reset-then-reuse-values", "--dry-run"})
RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
STEP = re.compile(r"(?:[^\\.,=\[\]]|\\.)+")
PLUGIN = ObjectRef("apps/v1", "DaemonSet", "kube-system", "plugin")


def parsed(line: str) -> tuple[list[str], dict[str, Any]]:
    """The arguments and the values of a line. Fails on a flag that Helm does not have."""
    program, *words = shlex.split(line)
    assert program == "helm"
    arguments: list[str] = []
    values: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if word in WITH_VALUE:
            value = words.pop(0)
            if word == "--set-json":
                key, _, text = value.partition("=")
                place(values, key, json.loads(text))
        elif not word.startswith("-"):
            arguments.append(word)
        else:
            assert word in ALONE, word
    return arguments, values


def place(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a value at a key as Helm reads it: a dot leads further in, unless it is escaped."""
    steps = STEP.findall(key)
    assert ".".join(steps) == key
    plain = [step.replace("\\", "") for step in steps]
    for step in plain[:-1]:
        values = values.setdefault(step, {})
    values[plain[-1]] = value


def checked(line: str) -> dict[str, Any]:
    (command, release, chart), values = parsed(line)
    assert command == "upgrade"
    assert RELEASE.fullmatch(release)
    assert chart
    return values


def of_a_chart(fault: Fault) -> Fault:
    """Both plugins as their charts install them, with a fault."""

    def installed(cluster: Cluster) -> None:
        fault(cluster)
        for plugin, chart in (
            (cluster.efa_plugin, "aws-efa-k8s-device-plugin"),
            (cluster.gpu_plugin, "nvidia-device-plugin"),
        ):
            plugin["metadata"]["labels"] |= {"helm.sh/chart": f"{chart}-0.5.1"}
            plugin["metadata"]["annotations"] = {"meta.helm.sh/release-name": "plugin"}

    return installed


FAULTS = (
    plugins.efa_plugin_taint_not_tolerated,
    plugins.efa_plugin_list_too_old,
    plugins.efa_plugin_wants_a_label,
    plugins.efa_plugin_runs_as_non_root,
    plugins.gpu_plugin_taint_not_tolerated,
    plugins.gpu_plugin_waits_for_label,
)


def lines() -> list[str]:
    """The helm lines of faults of plugins that charts installed, and of recorded states."""
    made = [diagnose(broken(of_a_chart(f)).snapshot(), "ml/trainer") for f in FAULTS]
    reports = [*made, *(report_of(s) for s in scenarios())]
    fixes = [x for r in reports for f in (*r.root_causes, *r.warnings) for x in f.fixes]
    printed = [c for x in fixes for c in (*x.commands, *x.dry_runs) if c.startswith("helm ")]
    return list(dict.fromkeys(printed))


def test_helm_keeps_the_values_and_the_version_of_the_release() -> None:
    change = ChartValues(
        target=PLUGIN,
        release="efa",
        namespace="kube-system",
        chart="aws-efa-k8s-device-plugin",
        values={"tolerations": [{"key": "k"}]},
        repository="https://aws.github.io/eks-charts",
        version="v0.5.30",
    )
    assert helm_line(change, Shell(context="prod")) == (
        "helm --kube-context prod upgrade efa aws-efa-k8s-device-plugin -n kube-system "
        "--repo https://aws.github.io/eks-charts --version v0.5.30 --reuse-values "
        '--set-json \'tolerations=[{"key":"k"}]\''
    )


def test_every_line_is_one_that_helm_parses() -> None:
    found = lines()
    assert found
    for line in found:
        assert all(v is not None for v in checked(line).values()), "a null takes nothing away"


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,8}(\.[a-zA-Z][a-zA-Z0-9]{0,8})?", fullmatch=True)


def changed(values: dict[str, Any]) -> str:
    change = ChartValues(
        target=PLUGIN, release="efa", namespace="kube-system", chart="chart", values=values
    )
    return helm_line(change, Shell(context="prod"))


@given(KEYS, VALUES)
def test_commas_quotes_and_brackets_reach_a_value_as_they_are(key: str, value: Any) -> None:
    wanted: dict[str, Any] = {}
    place(wanted, key, value)
    assert checked(changed({key: value})) == wanted


AWKWARD = {
    "tolerations": [{"key": 'a,b=c."{x}[0]', "operator": "Exists"}, {"value": "$HOME `id` \\"}],
    "daemonsets.tolerations": [{"key": "true", "value": "0123"}],
    "supportedInstanceLabels.values": ["p5.48xlarge", "p6-b200.48xlarge"],
    "flag": True,
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("helm") is None, reason="needs Helm")
def test_helm_itself_reads_the_values_that_were_meant(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
    (tmp_path / "templates" / "a.yaml").write_text("v: {{ .Values | toJson | quote }}\n")
    words = shlex.split(changed(AWKWARD))
    given_values = words[words.index("--set-json") :]
    done = subprocess.run(
        ["helm", "template", "r", str(tmp_path), *given_values],
        capture_output=True,
        text=True,
        check=True,
    )
    rendered = done.stdout.partition("v: ")[2].strip()
    wanted: dict[str, Any] = {}
    for key, value in AWKWARD.items():
        place(wanted, key, value)
    assert json.loads(json.loads(rendered)) == wanted
