"""``diagnose`` from a bundle: forms, statuses, scope, and inputs that mean harm."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from cli.conftest import Command, Spoil
from clusters.names import Json

POD = "efa-test-pod"


def test_a_named_pod_gives_one_report(run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, POD, "-o", "json")
    assert ended.json["schema"] == "efadoctor.report/v1"
    assert ended.json["verdict"] == "blocked"
    assert ended.status == 1


@pytest.mark.parametrize("words", [(), ("-A",), ("-n", "default")])
def test_no_name_gives_a_list(words: tuple[str, ...], run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, "-o", "json", *words)
    assert ended.json["schema"] == "efadoctor.reports/v1"
    assert [s["name"] for r in ended.json["reports"] for s in r["subjects"]] == [POD]
    assert ended.status == 1


def test_nothing_pending_is_an_empty_list_and_0(run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, "-n", "kube-system", "-o", "json")
    assert ended.json == {"schema": "efadoctor.reports/v1", "reports": []}
    assert ended.status == 0


def test_nothing_pending_is_said_in_text(run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, "-n", "kube-system")
    assert ended.out.startswith("Nothing is pending in namespace kube-system.")


def test_what_is_pending_in_another_namespace_is_not_passed_over(
    run: Command, bundle: Path
) -> None:
    ended = run("diagnose", "--bundle", bundle, "-n", "kube-system")
    assert "Pods are pending in default: -A shows them." in " ".join(ended.out.split())
    assert ended.status == 0


@pytest.mark.parametrize("before", [True, False])
def test_options_may_stand_before_the_command(*, before: bool, run: Command, bundle: Path) -> None:
    options = ("--bundle", bundle, "-n", "default", "-o", "json")
    words = (*options, "diagnose", POD) if before else ("diagnose", POD, *options)
    assert run(*words).json["schema"] == "efadoctor.report/v1"


def test_alone_it_is_all_that_is_pending_as_text(run: Command, bundle: Path) -> None:
    assert run("--bundle", bundle).out == run("diagnose", "-A", "--bundle", bundle).out


def test_a_tar_says_what_its_folder_says(run: Command, bundle: Path, tmp_path: Path) -> None:
    packed = tmp_path / "incident.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(bundle, "incident")
    assert (
        run("diagnose", "--bundle", packed, POD).out == run("diagnose", "--bundle", bundle, POD).out
    )


def test_several_forms_at_once(run: Command, bundle: Path, tmp_path: Path) -> None:
    files = {f: tmp_path / f for f in ("json", "yaml", "sarif", "junit", "slack", "markdown")}
    outputs = [word for f, path in files.items() for word in ("-o", f"{f}={path}")]
    ended = run("diagnose", "--bundle", bundle, POD, *outputs, "-o", "github")
    assert ended.out.startswith("::error ")
    assert json.loads(files["json"].read_text()) == yaml.safe_load(files["yaml"].read_text())
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    assert ET.parse(files["junit"]).getroot().tag == "testsuites"  # noqa: S314
    assert ended.status == 1


def test_only_files_leave_standard_output_empty(run: Command, bundle: Path, tmp_path: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, POD, "-o", f"json={tmp_path / 'out'}")
    assert (ended.out, ended.status) == ("", 1)


def test_a_file_that_cannot_be_written_is_named(run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, POD, "-o", "json=/nonexistent/out.json")
    assert ended.status == 2
    assert ended.err == "efadoctor: cannot write /nonexistent/out.json: No such file or directory\n"


@pytest.mark.parametrize(
    "form", ["text", "json", "yaml", "markdown", "slack", "sarif", "junit", "github"]
)
def test_every_form_ends_with_the_same_status(form: str, run: Command, bundle: Path) -> None:
    assert run("diagnose", "--bundle", bundle, POD, "-o", form).status == 1
    assert run("diagnose", "--bundle", bundle, POD, "-o", form, "--exit-zero").status == 0


def test_what_is_ignored_is_suppressed_not_forgotten(run: Command, bundle: Path) -> None:
    ended = run("diagnose", "--bundle", bundle, POD, "-o", "json", "--ignore", "EFA703")
    assert "EFA703" not in {f["code"] for f in ended.json["warnings"]}
    assert [s["rule"] for s in ended.json["suppressed"]] == ["EFA703"]


def test_fail_on_warning_holds_for_a_pod_that_is_bound(
    run: Command, bundle: Path, change_pod: Spoil
) -> None:
    change_pod(lambda pod: pod["spec"].update(nodeName="ip-10-0-13-190.ec2.internal"))
    assert run("diagnose", "--bundle", bundle, POD).status == 0
    assert run("diagnose", "--bundle", bundle, POD, "--fail-on", "warning").status == 1


# ---- inputs that are wrong or mean harm --------------------------------------


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("efa-tst-pod", "did you mean default/efa-test-pod?"),
        ("other/efa-test-pod", "did you mean default/efa-test-pod?"),
        ("job/nothing", "no job 'nothing' in namespace 'default'"),
        ("a/b/c/d", ""),
        ("", ""),
        ("\x1b]52;c;x\x07", ""),
    ],
)
def test_a_subject_that_is_not_there_is_one_line_and_2(
    subject: str, says: str, run: Command, bundle: Path
) -> None:
    ended = run("diagnose", "--bundle", bundle, subject)
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.startswith("efadoctor: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
    assert "\x1b" not in ended.err


def test_no_such_bundle_is_one_line_and_2(run: Command, tmp_path: Path) -> None:
    ended = run("diagnose", "--bundle", tmp_path / "none")
    assert ended.status == 2
    assert ended.err.count("\n") == 1


def test_a_spoilt_file_is_named_and_the_rest_is_used(run: Command, bundle: Path) -> None:
    (bundle / "aws" / "ec2" / "describe-placement-groups.json").write_text('{"PlacementGroups": [')
    ended = run("diagnose", "--bundle", bundle, POD, "-o", "json")
    assert ended.status == 1
    assert "describe-placement-groups" in ended.err
    assert ended.err.count("\n") == 1


def test_pods_that_could_not_be_read_are_not_nothing_pending(run: Command, bundle: Path) -> None:
    (bundle / "cluster" / "pods.json").write_text("[")
    ended = run("diagnose", "-A", "--bundle", bundle, "-o", "json")
    assert ended.status == 3
    assert ended.json["reports"][0]["verdict"] == "unknown"


@pytest.mark.parametrize("subject", [POD, "job/train", "default/other"])
def test_a_pod_among_pods_that_nobody_read_is_unknown_not_missing(
    subject: str, run: Command, bundle: Path
) -> None:
    (bundle / "cluster" / "pods.json").unlink()
    ended = run("diagnose", "--bundle", bundle, subject, "-o", "json")
    assert ended.status == 3
    assert ended.json["verdict"] == "unknown"


def test_many_gaps_are_counted_not_told(run: Command, bundle: Path) -> None:
    pods = {"kind": "PodList", "apiVersion": "v1", "items": [{"metadata": 7}] * 500}
    (bundle / "cluster" / "pods.json").write_text(json.dumps(pods))
    assert run("diagnose", "-A", "--bundle", bundle).err.count("\n") <= 21


EVIL = "\x1b]52;c;ZXZpbA==\x07[red]x[/red][/]\u202etxt\n::error::no"


@pytest.mark.parametrize(
    "form", ["text", "json", "yaml", "markdown", "slack", "sarif", "junit", "github"]
)
def test_names_and_messages_move_no_terminal(
    form: str, run: Command, bundle: Path, change_pod: Spoil
) -> None:
    def spoil(pod: Json) -> None:
        pod["spec"]["nodeSelector"] = {"pool": EVIL}
        pod["spec"]["tolerations"][1]["key"] = EVIL
        pod["status"]["conditions"][0]["message"] = EVIL

    change_pod(spoil)
    ended = run("diagnose", "--bundle", bundle, POD, "-o", form)
    assert ended.status in (1, 3)
    assert not set(ended.out + ended.err) & {"\x1b", "\x07", "\u202e"}
    assert not any(line.startswith("::error::no") for line in ended.out.splitlines())


# ---- ends ---------------------------------------------------------------------


def test_an_interrupt_is_130(run: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("efadoctor.cli.diagnose_command.read_snapshot", interrupted)
    assert run("diagnose", "--bundle", bundle) == type(run("--version"))(130, "", "")


def test_a_defect_is_one_line_and_3(
    run: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("who\nknows")

    monkeypatch.setattr("efadoctor.cli.diagnose_command.read_snapshot", broken)
    ended = run("diagnose", "--bundle", bundle)
    assert ended.status == 3
    assert ended.err == (
        "efadoctor: defect in efadoctor: RuntimeError: who knows "
        "(EFADOCTOR_DEBUG=1 shows the traceback)\n"
    )
    monkeypatch.setenv("EFADOCTOR_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run("diagnose", "--bundle", bundle)


def piped(command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S602  (a pipe is what is tested)
        command, shell=True, capture_output=True, text=True, check=False, env=env
    )


def test_a_reader_that_leaves_is_no_error_and_changes_no_status(bundle: Path) -> None:
    line = f"{sys.executable} -m efadoctor diagnose --bundle {bundle} {POD}"
    done = piped(f"bash -c '{line} | head -c 1; echo ${{PIPESTATUS[0]}}'")
    assert done.stdout == "B1\n"
    assert done.stderr == ""


def test_a_locale_without_unicode_is_no_error(bundle: Path) -> None:
    done = piped(
        f"{sys.executable} -m efadoctor diagnose --bundle {bundle} {POD}",
        {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 1
    assert done.stdout.isascii()


def test_off_a_terminal_nothing_is_coloured_whatever_is_asked(bundle: Path) -> None:
    done = piped(
        f"{sys.executable} -m efadoctor diagnose --bundle {bundle} {POD}",
        {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"},
    )
    assert "\x1b" not in done.stdout
