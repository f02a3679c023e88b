"""A fix as a manifest and as a diff, for those who keep theirs in git."""

from typing import Any

import yaml
from clusters import Cluster
from fix.causes import pod_of
from fix.workloads import own

from efadoctor.fix.render.commands import rendered
from efadoctor.fix.render.manifest import manifest, unified_diff
from efadoctor.model.edits import append_to, remove_field, set_field
from efadoctor.model.fix import Creation, Deletion, Fix, Patch, SourceChange
from efadoctor.model.kubernetes import Toleration
from efadoctor.model.reference import ObjectRef

TRAINER = ObjectRef("v1", "Pod", "ml", "trainer")


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
    gone = Patch(target=ObjectRef("v1", "Pod", "ml", "gone"), operations=())
    assert manifest(snapshot, (gone,)) is None
    assert unified_diff(snapshot, gone) == ""
    assert unified_diff(snapshot, Deletion(target=gone.target)) == ""


def test_a_rendered_fix_has_a_dry_run_for_each_command_and_a_source_change_has_neither() -> None:
    cluster = Cluster()
    own(cluster, "Deployment")
    snapshot = cluster.snapshot()
    edit = remove_field(pod_of(snapshot), "spec.tolerations[0]")
    fix = rendered(snapshot, Fix(title="t", edits=(edit, Deletion(target=TRAINER))))
    assert len(fix.commands) == len(fix.dry_runs) == 2
    source = SourceChange(target=edit.target, keeper="Argo CD", operations=edit.operations)
    fix = rendered(snapshot, Fix(title="t", edits=(source,)))
    assert (fix.commands, fix.dry_runs) == ((), ())
    assert fix.manifest
