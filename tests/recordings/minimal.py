"""A failing case of a recording as the smallest state that shows the same prediction."""

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

# What the API server adds to every object, and what no filter reads.
NOISE = {
    "managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "ownerReferences",
    "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "image", "dnsPolicy",
    "enableServiceLinks", "terminationGracePeriodSeconds", "securityContext", "restartPolicy",
    "daemonEndpoints", "nodeInfo", "capacity", "finalizers", "preemptionPolicy", "conditions",
}  # fmt: skip


def quiet(thing: Any) -> Any:
    """The object without noise."""
    if isinstance(thing, dict):
        return {k: quiet(v) for k, v in thing.items() if k not in NOISE}
    return [quiet(v) for v in thing] if isinstance(thing, list) else thing


def smallest(objects: list[Json], keeps: Callable[[list[Json]], bool]) -> list[Json]:
    """Objects left when as many as possible are taken away one by one and ``keeps`` still holds."""
    kept = list(objects)
    for thing in objects:
        without = [other for other in kept if other is not thing]
        if keeps(without):
            kept = without
    return kept


def shown(objects: list[Json], subject: Json) -> str:
    """The state and the object that is judged in it, to be pasted into a table test."""
    state = "\n".join(json.dumps(quiet(thing)) for thing in objects)
    return f"state:\n{state}\njudged:\n{json.dumps(quiet(subject))}"
