"""kubectl's lines: aimed at one cluster and one kind, repeatable, and with a dry run."""

import pytest
from clusters import Cluster

from efadoctor.fix.render.commands import lines_of
from efadoctor.fix.render.kubectl import deletion_line, patch_line, recreation_line
from efadoctor.fix.render.shell import Shell
from efadoctor.model.edits import set_field
from efadoctor.model.fix import Command, Creation, Deletion, Operation, Patch, Recreation
from efadoctor.model.kubernetes import Node
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Origin


def target(name: str = "x", namespace: str = "n") -> ObjectRef:
    return ObjectRef("v1", "Pod", namespace, name)


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
    lines = lines_of(snapshot, edits)
    assert len(lines) == len(edits)
    for line in lines:
        assert line.dry_run.endswith(" --dry-run=server")
        assert "--dry-run" not in line.run


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
