"""Who owns an object: said before a live patch, with the change for its source."""

import pytest
from clusters import EFA_NODE, Cluster, Json, meta
from fix.causes import cause
from fix.workloads import controlled_by, own

from efadoctor.fix.alone import rendered_alone
from efadoctor.model.daemonset_edits import add_daemonset_toleration
from efadoctor.model.edits import set_field
from efadoctor.model.fix import Fix, SourceChange
from efadoctor.model.keepers import Tool, keepers_of, release_of
from efadoctor.model.kubernetes import DaemonSet, Node, Pod, Toleration
from efadoctor.model.pod_edits import Setting, change_pod
from efadoctor.model.reference import ObjectRef


@pytest.mark.parametrize(
    ("mark", "tool"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "app:apps/D:n/x"}}, "Argo CD"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "infra"}}, "Flux"),
        ({"labels": {"app.kubernetes.io/managed-by": "Terraform"}}, "Terraform"),
        ({"labels": {"app.kubernetes.io/managed-by": "eksctl"}}, "eksctl"),
        ({"annotations": {"meta.helm.sh/release-name": "r"}}, "Helm release r"),
    ],
)
def test_who_undoes_a_live_patch_is_said_and_the_change_for_the_source_given(
    mark: dict[str, dict[str, str]], tool: str
) -> None:
    cluster = Cluster()
    cluster.pool["metadata"].update(mark)
    snapshot = cluster.snapshot()
    pool = snapshot.find(ObjectRef("karpenter.sh/v1", "NodePool", "", "efa"))
    fix = Fix(title="Weigh", edits=(set_field(pool, "spec.weight", 7),))
    (found,) = rendered_alone(snapshot, [cause("a", fix)])
    live, source = found.fixes
    assert tool in live.warning
    assert live.commands
    assert isinstance(source.edits[0], SourceChange)
    assert source.commands == ()
    assert "weight: 7" in (source.manifest or "")


def test_a_chart_that_argo_cd_renders_is_no_release_to_upgrade() -> None:
    cluster = Cluster()
    cluster.efa_plugin["metadata"]["labels"] |= {
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/instance": "efa",
        "helm.sh/chart": "aws-efa-k8s-device-plugin-0.5.1",
    }
    plugin = cluster.snapshot().all(DaemonSet)[0]
    assert release_of(plugin) == "efa"
    tracked = {"argocd.argoproj.io/tracking-id": "infra:apps/DaemonSet:kube-system/efa"}
    cluster.efa_plugin["metadata"]["annotations"] = tracked
    plugin = cluster.snapshot().all(DaemonSet)[0]
    assert release_of(plugin) == ""
    assert [(k.tool, k.name) for k in keepers_of(plugin)] == [(Tool.ARGO_CD, "infra")]


def test_an_upgrade_by_hand_of_what_flux_releases_is_said_not_to_last() -> None:
    cluster = Cluster()
    meta = cluster.efa_plugin["metadata"]
    meta["labels"] |= {
        "helm.sh/chart": "aws-efa-k8s-device-plugin-0.5.1",
        "helm.toolkit.fluxcd.io/name": "efa",
    }
    meta["annotations"] = {"meta.helm.sh/release-name": "efa"}
    snapshot = cluster.snapshot()
    plugin = snapshot.all(DaemonSet)[0]
    fixes = add_daemonset_toleration(plugin, Toleration(key="a"), title="Tolerate a")
    (found,) = rendered_alone(snapshot, [cause("a", *fixes)])
    by_helm = next(f for f in found.fixes if any(c.startswith("helm ") for c in f.commands))
    assert "Flux efa upgrades release efa by itself" in by_helm.warning


def test_eksctl_does_not_undo_what_is_changed_on_a_node_of_its_groups() -> None:
    cluster = Cluster()
    cluster.node["metadata"]["labels"]["alpha.eksctl.io/nodegroup-name"] = "training"
    node = cluster.snapshot().get(Node, EFA_NODE)
    assert node is not None
    assert keepers_of(node) == ()


@pytest.mark.parametrize(("operator", "said"), [("Notebook", True), ("CronJob", False)])
def test_an_operator_that_makes_what_is_changed_is_said_to_undo_it(
    operator: str, *, said: bool
) -> None:
    cluster = Cluster()
    made = own(cluster, "StatefulSet" if said else "Job")
    owner = {"apiVersion": "example.com/v1", "kind": operator, "metadata": meta("lab", "ml")}
    controlled_by(made, owner)
    snapshot = cluster.snapshot()
    pod = snapshot.get(Pod, "trainer", "ml")
    assert pod is not None
    fixes = change_pod(snapshot, pod, (Setting("nodeSelector.pool", "efa"),), title="Select efa")
    (found,) = rendered_alone(snapshot, [cause("a", *fixes)])
    words = f"{operator}/lab makes {reference_of(made)} and may undo a live patch"
    assert (words in found.fixes[0].warning) is said


def reference_of(thing: Json) -> str:
    return f"{thing['kind']}/{thing['metadata']['name']}"
