"""Objects as they come: of kinds that are left out, and rows that nobody decoded."""

from typing import Any

import pytest
from tiny import Json, node, pod, snapshot, thing

from efadoctor.model.kubernetes import (
    KubernetesObject,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    Pod,
    ResourceSlice,
    StorageClass,
)
from efadoctor.model.snapshot import Snapshot


@pytest.mark.parametrize(
    ("item", "type_"),
    [
        (node(), Node),
        (pod(), Pod),
        (thing("Namespace", "n", status={"phase": "Active"}), Namespace),
        (thing("StorageClass", "s", provisioner="x"), StorageClass),
        (thing("PersistentVolumeClaim", "c", spec={"accessModes": []}), PersistentVolumeClaim),
        (
            thing("PersistentVolume", "v", spec={"accessModes": [], "claimRef": {}}),
            PersistentVolume,
        ),
        (thing("ResourceSlice", "s", spec={"driver": "d", "pool": {}}), ResourceSlice),
    ],
)
def test_a_list_item_without_kind_is_known_by_its_shape(
    item: Json, type_: type[KubernetesObject]
) -> None:
    bare = {k: v for k, v in item.items() if k not in ("kind", "apiVersion")}
    [view] = snapshot(bare).all(type_)
    assert view.metadata.name == item["metadata"]["name"]


@pytest.mark.parametrize("odd", [{}, {"spec": 7}, {"metadata": {"name": "x"}}, 7, None, ["x"]])
def test_what_has_no_known_shape_is_a_gap_that_tells_its_place(odd: Any) -> None:
    found = Snapshot.from_objects([node(), odd])
    assert [gap.place for gap in found.gaps] == ["[1]"]


def test_rows_are_plain_until_somebody_asks_for_views() -> None:
    found = snapshot(pod("a"), pod("b"))
    assert all(isinstance(row, dict) for row in found.rows(Pod))
    views = found.all(Pod)
    assert found.rows(Pod) == views


def test_a_view_takes_the_place_of_the_plain_object_of_its_name() -> None:
    found = snapshot(pod("a"), pod("b"))
    [changed] = snapshot(pod("b", labels={"new": "yes"})).all(Pod)
    [added] = snapshot(pod("c")).all(Pod)
    copy = found.replacing(changed, added)
    assert isinstance(copy.rows(Pod)[0], dict)
    assert {p.metadata.name: dict(p.metadata.labels) for p in copy.all(Pod)} == {
        "a": {},
        "b": {"new": "yes"},
        "c": {},
    }
    assert len(found.all(Pod)) == 2


def test_copies_share_what_depends_on_unchanged_objects_alone() -> None:
    found = snapshot(node(), pod("a"))
    built = []

    def count(of: Snapshot) -> int:
        built.append(of)
        return len(of.rows(Pod))

    assert found.once_of(Pod, count) == 1
    [other_node] = snapshot(node("m")).all(Node)
    [other_pod] = snapshot(pod("b")).all(Pod)
    assert found.replacing(other_node).once_of(Pod, count) == 1
    assert found.replacing(other_pod).once_of(Pod, count) == 2
    assert len(built) == 2
