"""Every printed command: quoted, aimed, idempotent where it can be, and obeyed as meant by bash."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from clusters import Cluster
from fix.workloads import own
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efadoctor.fix.render.aws_cli import aws_dry_run, aws_line
from efadoctor.fix.render.commands import lines_of, rendered
from efadoctor.fix.render.helm import helm_line
from efadoctor.fix.render.kubectl import creation_line, deletion_line, patch_line, recreation_line
from efadoctor.fix.render.manifest import manifest, unified_diff
from efadoctor.fix.render.shell import Shell, quote
from efadoctor.model.edits import append_to, remove_field, set_field
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Command,
    Creation,
    Deletion,
    Fix,
    Operation,
    Patch,
    Recreation,
    SourceChange,
)
from efadoctor.model.kubernetes import Node, Pod, Toleration
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Origin, Snapshot

HERE = Shell(context="arn:aws:eks:us-west-2:1:cluster/prod", region="us-west-2")
NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.sampled_from(
        [
            "$(touch canary)",
            "`touch canary`",
            "'; touch canary; '",
            '"; touch canary; "',
            "\ntouch canary\n",
            "a\\' ; touch canary #",
            "--kubeconfig=/dev/null",
            "$HOME",
            "!!",
            "&& touch canary",
            "\u202e\u2066한국어",
            "*",
            "\x1b]52;c;x\x07",
        ]
    ),
)

# Number of words, then the words: nothing in a word can be mistaken for the end of a call.
NOTE_WORDS = """#!/bin/sh
printf '%s\\0' "$#" "${0##*/}" "$@" >> "$WORDS"
cat > /dev/null
"""


class Bash:
    """Runs a line under bash with every tool replaced by one that notes its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.words = folder / "words"
        for tool in ("kubectl", "helm", "aws"):
            path = folder / "bin" / tool
            path.parent.mkdir(exist_ok=True)
            path.write_text(NOTE_WORDS)
            path.chmod(0o755)

    def run(self, line: str) -> list[list[str]]:
        self.words.write_bytes(b"")
        place = self.folder / "place"
        place.mkdir(exist_ok=True)
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            check=True,
            cwd=place,
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "WORDS": str(self.words),
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )
        assert not list(place.iterdir()), "a canary was touched"
        noted = self.words.read_bytes().decode().split("\0")
        calls: list[list[str]] = []
        while len(noted) > 1:
            count = int(noted[0]) + 2
            calls.append(noted[1:count])
            noted = noted[count:]
        return calls


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Bash:
    return Bash(tmp_path_factory.mktemp("bash"))


def target(name: str = "x", namespace: str = "n", kind: str = "Pod") -> ObjectRef:
    return ObjectRef("v1", kind, namespace, name)


# ---- inert ------------------------------------------------------------------


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NASTY)
def test_any_word_is_one_inert_word_on_one_line(bash: Bash, word: str) -> None:
    line = f"kubectl {quote(word)}"
    assert "\n" not in line
    assert "\r" not in line
    assert not any(ord(c) < 0x20 or ord(c) == 0x7F for c in line)
    assert bash.run(line) == [["kubectl", word]]


@settings(max_examples=25, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY)
def test_names_and_values_come_out_inert_in_every_kind_of_command(
    bash: Bash, name: str, namespace: str, key: str, value: str
) -> None:
    ref = target(name, namespace)
    shell = Shell(context=value, region="r")
    operations = (Operation(op="add", path=f"/spec/{key}", value={key: value}),)
    lines = (
        patch_line((Patch(target=ref, operations=operations),), shell),
        deletion_line(Deletion(target=ref), shell),
        recreation_line(Recreation(target=ref, operations=operations), shell),
        creation_line(Creation(body={"kind": key, "metadata": {"name": name}}), shell),
        aws_line(
            AwsCall(
                service="ec2",
                operation="create-tags",
                parameters={"Resources": [name], "Tags": [{"Key": key, "Value": value}]},
                duplicate_error=key or "x",
            ),
            Shell(region="r"),
        ),
        helm_line(
            ChartValues(
                target=ref,
                release="r",
                namespace=namespace,
                chart="c",
                values={"tolerations": [{key: value}]},
            ),
            shell,
        ),
    )
    for line in lines:
        assert "\n" not in line
        calls = bash.run(line)
        assert calls
    patched = bash.run(lines[0])[0]
    assert patched[patched.index("--type=json") + 2] == json.dumps(
        [{"op": "add", "path": f"/spec/{key}", "value": {key: value}}],
        separators=(",", ":"),
        ensure_ascii=False,
    )


# ---- kubectl ----------------------------------------------------------------


def test_a_command_acts_on_the_cluster_that_was_read() -> None:
    snapshot = Cluster().snapshot()
    snapshot.origin = Origin(kind="cluster", context="prod", region="us-west-2")
    edit = set_field(snapshot.all(Node)[0], "metadata.labels.a", "b")
    (line,) = lines_of(snapshot, (edit,))
    assert line.run.startswith("kubectl --context prod patch node/")


def test_a_command_from_a_bundle_names_no_context_for_it_may_be_called_otherwise() -> None:
    snapshot = Cluster().snapshot()
    assert snapshot.origin.context
    edit = set_field(snapshot.all(Node)[0], "metadata.labels.a", "b")
    (line,) = lines_of(snapshot, (edit,))
    assert "--context" not in line.run


@pytest.mark.parametrize(
    ("ref", "wanted"),
    [
        (ObjectRef("v1", "Pod", "n", "x"), "pod/x -n n"),
        (ObjectRef("v1", "Node", "", "x"), "node/x "),
        (ObjectRef("apps/v1", "DaemonSet", "n", "x"), "daemonset/x -n n"),
        (ObjectRef("karpenter.sh/v1", "NodePool", "", "x"), "nodepools.karpenter.sh/x "),
        (ObjectRef("kubeflow.org/v2beta1", "MPIJob", "n", "x"), "mpijobs.kubeflow.org/x -n n"),
        (ObjectRef("example.com/v1", "Thing", "n", "x"), "things.example.com/x -n n"),
    ],
)
def test_an_object_is_named_so_that_no_other_kind_can_be_meant(ref: ObjectRef, wanted: str) -> None:
    operations = (Operation(op="remove", path="/spec"),)
    assert f"patch {wanted}" in patch_line((Patch(target=ref, operations=operations),), Shell())


def test_equal_patches_of_several_pods_share_a_line_and_unequal_ones_do_not() -> None:
    def patch(name: str, value: str) -> Patch:
        operation = Operation(op="add", path="/spec/x", value=value)
        return Patch(target=target(name), operations=(operation,))

    snapshot = Cluster().snapshot()
    lines = lines_of(snapshot, (patch("a", "1"), patch("b", "1"), patch("c", "2")))
    assert [line.run.split(" -n")[0] for line in lines] == [
        "kubectl patch pod/a pod/b",
        "kubectl patch pod/c",
    ]


def test_an_uncordoning_is_called_by_its_name_and_no_other_patch_of_a_node_is() -> None:
    cluster = Cluster()
    cluster.node["spec"]["unschedulable"] = True
    snapshot = cluster.snapshot()
    node = next(n for n in snapshot.all(Node) if n.spec.unschedulable)
    uncordon, cordon = (set_field(node, "spec.unschedulable", value=v) for v in (False, True))
    (line,) = lines_of(snapshot, (uncordon,))
    assert line.run == f"kubectl uncordon node/{node.metadata.name}"
    assert line.dry_run == f"{line.run} --dry-run=server"
    assert lines_of(snapshot, (cordon,))[0].run.startswith("kubectl patch node/")


def test_each_kubectl_line_has_a_dry_run_that_changes_nothing() -> None:
    ref = target()
    operations = (Operation(op="add", path="/spec/x", value=1),)
    snapshot = Cluster().snapshot()
    edits = (
        Patch(target=ref, operations=operations),
        Deletion(target=ref),
        Creation(body={"kind": "Pod"}),
        Recreation(target=ref, operations=operations),
    )
    for line in lines_of(snapshot, edits):
        assert "--dry-run=server" in line.dry_run or "replace" not in line.dry_run
        assert line.dry_run != line.run


def test_what_a_quota_would_count_twice_is_only_printed_by_a_dry_run() -> None:
    cluster = Cluster()
    edit = Recreation(
        target=target("trainer", "ml"),
        operations=(Operation(op="add", path="/spec/schedulerName", value="mine"),),
    )
    (free,) = lines_of(cluster.snapshot(), (edit,))
    assert free.dry_run.endswith("kubectl create -n ml -f - --dry-run=server")
    quota = {"metadata": {"name": "q", "namespace": "ml"}, "spec": {"hard": {"pods": "1"}}}
    cluster.add({"apiVersion": "v1", "kind": "ResourceQuota", **quota})
    (limited,) = lines_of(cluster.snapshot(), (edit,))
    assert "create" not in limited.dry_run
    assert limited.run == free.run


def test_a_job_made_anew_leaves_its_old_identity_behind() -> None:
    present = {
        "spec": {
            "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
            "template": {
                "metadata": {
                    "labels": {
                        "app": "a",
                        "batch.kubernetes.io/controller-uid": "u",
                        "job-name": "x",
                    }
                }
            },
        }
    }
    job = ObjectRef("batch/v1", "Job", "n", "x")
    line = recreation_line(Recreation(target=job, operations=()), Shell(), present)
    removed = [
        "/spec/selector",
        "/spec/template/metadata/labels/job-name",
        "/spec/template/metadata/labels/batch.kubernetes.io~1controller-uid",
    ]
    assert all(f'{{"op":"remove","path":"{p}"}}' in line for p in removed)
    assert "labels/app" not in line
    own_selector = {"spec": {**present["spec"], "manualSelector": True}}
    assert "remove" not in recreation_line(
        Recreation(target=job, operations=()), Shell(), own_selector
    )


def test_deleting_what_is_gone_already_is_success() -> None:
    assert "--ignore-not-found" in deletion_line(Deletion(target=target()), Shell())


def test_a_command_of_ones_own_is_aimed_too() -> None:
    snapshot = Cluster().snapshot()
    snapshot.origin = Origin(kind="cluster", context="prod", region="us-west-2")
    edits = tuple(Command(argv=(tool, "x")) for tool in ("kubectl", "helm", "aws", "ls"))
    assert [line.run for line in lines_of(snapshot, edits)] == [
        "kubectl --context prod x",
        "helm --kube-context prod x",
        "aws --region us-west-2 x",
        "ls x",
    ]


# ---- aws, helm --------------------------------------------------------------

RULE = AwsCall(
    service="ec2",
    operation="authorize-security-group-egress",
    parameters={
        "GroupId": "sg-1",
        "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}],
    },
    duplicate_error="InvalidPermission.Duplicate",
)


def test_parameters_become_the_options_of_the_cli() -> None:
    call = AwsCall(
        service="eks",
        operation="update-nodegroup-config",
        parameters={"clusterName": "c", "scalingConfig": {"maxSize": 4}, "dryRun": False},
    )
    assert aws_line(call, HERE) == (
        "aws --region=us-west-2 eks update-nodegroup-config --cluster-name=c "
        "'--scaling-config={\"maxSize\":4}' --no-dry-run"
    )


def test_ec2_has_a_dry_run_and_eks_has_none() -> None:
    assert aws_dry_run(RULE, HERE).endswith("--dry-run")
    eks = AwsCall(service="eks", operation="create-access-entry", parameters={})
    assert aws_dry_run(eks, HERE) == ""


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("exit 0", 0),
        ("echo '(InvalidPermission.Duplicate) the rule exists' >&2; exit 254", 0),
        ("echo '(UnauthorizedOperation) no' >&2; exit 254", 1),
    ],
)
def test_a_rule_that_exists_already_is_success_and_any_other_error_is_not(
    tmp_path: Path, answer: str, status: int
) -> None:
    tool = tmp_path / "aws"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", aws_line(RULE, HERE)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == status
    assert ("UnauthorizedOperation" in done.stderr) == (status == 1)


def test_helm_keeps_the_values_and_the_version_of_the_release() -> None:
    change = ChartValues(
        target=target(),
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


# ---- manifests --------------------------------------------------------------


def pod_of(snapshot: Snapshot) -> Pod:
    found = snapshot.get(Pod, "trainer", "ml")
    assert found is not None
    return found


def loaded(text: str | None) -> Any:
    assert text is not None
    return yaml.safe_load(text)


def test_a_manifest_holds_the_touched_list_whole_and_the_identity_of_its_object() -> None:
    snapshot = Cluster().snapshot()
    edit = append_to(pod_of(snapshot), "spec.tolerations", Toleration(key="new"))
    body = loaded(manifest(snapshot, (edit,)))
    assert (body["kind"], body["metadata"]) == ("Pod", {"name": "trainer", "namespace": "ml"})
    assert list(body["spec"]) == ["tolerations"]
    assert body["spec"]["tolerations"][-1] == {"key": "new"}
    assert len(body["spec"]["tolerations"]) == len(pod_of(snapshot).spec.tolerations) + 1


def test_a_manifest_names_the_container_whose_field_changes_and_no_other_field() -> None:
    snapshot = Cluster().snapshot()
    field = 'spec.containers[0].resources.limits["vpc.amazonaws.com/efa"]'
    body = loaded(manifest(snapshot, (set_field(pod_of(snapshot), field, "2"),)))
    name = pod_of(snapshot).spec.containers[0].name
    limits = {"limits": {"vpc.amazonaws.com/efa": "2"}}
    assert body["spec"] == {"containers": [{"name": name, "resources": limits}]}


def test_a_list_that_loses_its_last_entry_is_shown_empty() -> None:
    cluster = Cluster()
    cluster.pod["spec"]["schedulingGates"] = [{"name": "wait"}]
    snapshot = cluster.snapshot()
    edit = remove_field(pod_of(snapshot), "spec.schedulingGates[0]")
    assert loaded(manifest(snapshot, (edit,)))["spec"] == {"schedulingGates": []}


def test_a_diff_shows_what_goes_and_what_comes() -> None:
    snapshot = Cluster().snapshot()
    edit = set_field(pod_of(snapshot), "spec.schedulerName", "mine")
    lines = unified_diff(snapshot, edit).splitlines()
    assert lines[0].startswith("--- a/Pod/ml/trainer")
    assert "-  schedulerName: default-scheduler" in lines
    assert "+  schedulerName: mine" in lines


def test_a_new_object_is_its_whole_manifest_and_a_diff_of_pluses() -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    snapshot = Cluster().snapshot()
    assert loaded(manifest(snapshot, (Creation(body=body),))) == body
    diff = unified_diff(snapshot, Creation(body=body)).splitlines()[3:]
    assert all(line.startswith("+") for line in diff)


def test_a_patch_that_does_not_fit_has_no_manifest() -> None:
    snapshot = Cluster().snapshot()
    gone = Patch(target=target("gone"), operations=())
    assert manifest(snapshot, (gone,)) is None
    assert unified_diff(snapshot, gone) == ""
    assert unified_diff(snapshot, Deletion(target=target())) == ""


def test_a_rendered_fix_has_a_dry_run_for_each_command_and_a_source_change_has_neither() -> None:
    cluster = Cluster()
    own(cluster, "Deployment")
    snapshot = cluster.snapshot()
    edit = remove_field(pod_of(snapshot), "spec.tolerations[0]")
    fix = rendered(snapshot, Fix(title="t", edits=(edit, Deletion(target=target("trainer", "ml")))))
    assert len(fix.commands) == len(fix.dry_runs) == 2
    source = SourceChange(target=edit.target, keeper="Argo CD", operations=edit.operations)
    fix = rendered(snapshot, Fix(title="t", edits=(source,)))
    assert (fix.commands, fix.dry_runs) == ((), ())
    assert fix.manifest
