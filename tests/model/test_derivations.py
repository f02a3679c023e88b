"""What a changed copy keeps of what was worked out before."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from efadoctor.model.derivations import Aspect
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.reference import reference
from efadoctor.model.snapshot import Snapshot

BOUND = Aspect(Pod, lambda pod: pod if pod.spec.node_name else None)


def pod(name: str, node: str = "", image: str = "a") -> dict[str, Any]:
    spec = {"containers": [{"name": "main", "image": image}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "ml"},
        "spec": spec | ({"nodeName": node} if node else {}),
    }


def view(made: Mapping[str, Any]) -> Pod:
    return Snapshot.from_objects([made]).all(Pod)[0]


class Counted:
    """Derives the names of bound pods, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, snapshot: Snapshot) -> tuple[str, ...]:
        self.times += 1
        return tuple(p.metadata.name for p in snapshot.all(Pod) if p.spec.node_name)


WAITING, RUNNING = pod("waits"), pod("runs", "node-a")
CHANGES: dict[str, tuple[Callable[[Snapshot], Snapshot], bool, tuple[str, ...]]] = {
    "a waiting pod is patched": (
        lambda s: s.replacing(view(pod("waits", image="b"))), True, ("runs",)
    ),
    "a waiting pod is added": (lambda s: s.replacing(view(pod("new"))), True, ("runs",)),
    "a waiting pod goes": (lambda s: s.without(reference(view(WAITING))), True, ("runs",)),
    "a waiting pod is bound": (
        lambda s: s.replacing(view(pod("waits", "node-a"))), False, ("waits", "runs")
    ),
    "a bound pod is patched": (
        lambda s: s.replacing(view(pod("runs", "node-a", "b"))), False, ("runs",)
    ),
    "a bound pod is added": (
        lambda s: s.replacing(view(pod("new", "node-a"))), False, ("runs", "new")
    ),
    "a bound pod goes": (lambda s: s.without(reference(view(RUNNING))), False, ()),
    "a node changes": (lambda s: s.replacing(Node(api_version="v1", kind="Node")), True, ("runs",)),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_depends_on_bound_pods_is_kept_until_one_of_those_changes(change: str) -> None:
    made, kept, names = CHANGES[change]
    snapshot, derive = Snapshot.from_objects([WAITING, RUNNING]), Counted()
    assert snapshot.all(Pod)
    assert snapshot.once_of(BOUND, derive) == ("runs",)
    assert made(snapshot).once_of(BOUND, derive) == names
    assert derive.times == (1 if kept else 2)


def test_where_nobody_has_decoded_the_pods_nothing_is_known_of_the_change() -> None:
    snapshot, derive = Snapshot.from_objects([WAITING, RUNNING]), Counted()
    assert snapshot.once_of(BOUND, lambda _: ()) == ()
    copy = snapshot.replacing(view(WAITING))
    assert copy.once_of(BOUND, derive) == ("runs",)
    assert snapshot.once_of(BOUND, derive) == ("runs",)
    assert derive.times == 2


def test_what_depends_on_whole_objects_is_worked_out_anew_for_any_change_of_them() -> None:
    snapshot, derive = Snapshot.from_objects([WAITING, RUNNING]), Counted()
    assert snapshot.once_of((Pod, Node), derive) == ("runs",)
    snapshot.replacing(view(pod("waits", image="b"))).once_of((Pod, Node), derive)
    assert derive.times == 2
