"""Made-up causes, fixes that add a toleration, and a judge by what the pod tolerates."""

from collections.abc import Sequence

from clusters import EFA_NODE

from efadoctor.fix.plan import Outcome
from efadoctor.model.edits import append_to, joined
from efadoctor.model.finding import Change, Finding
from efadoctor.model.fix import Fix, Patch
from efadoctor.model.kubernetes import Pod, Toleration
from efadoctor.model.reference import ObjectRef
from efadoctor.model.snapshot import Snapshot

POD = ObjectRef("v1", "Pod", "ml", "trainer")


class Wants:
    """A judge by what the pod tolerates: feasible once it has every wanted key."""

    def __init__(self, causes: Sequence[Finding], wanted: Sequence[str]) -> None:
        self.causes, self.wanted = causes, wanted

    def __call__(self, snapshot: Snapshot) -> Outcome:
        pod = snapshot.get(Pod, "trainer", "ml")
        keys = {t.key for t in pod.spec.tolerations} if pod else set()
        lacking = [k for k in self.wanted if k not in keys]
        if not lacking:
            return Outcome(feasible=(EFA_NODE,))
        remaining = tuple(c for c in self.causes if c.key in lacking)
        return Outcome(message="0/1 nodes are available: 1 no.", remaining=remaining)


def cause(key: str, *fixes: Fix, change: Change = Change.TOLERATION) -> Finding:
    return Finding(
        object=POD,
        summary=f"The pod lacks {key}.",
        evidence=(),
        fixes=fixes,
        key=key,
        code="EFA104",
        change=change,
    )


def pod_of(snapshot: Snapshot) -> Pod:
    found = snapshot.get(Pod, "trainer", "ml")
    assert found is not None
    return found


def tolerate(snapshot: Snapshot, *keys: str) -> Fix:
    edits = [append_to(pod_of(snapshot), "spec.tolerations", Toleration(key=k)) for k in keys]
    operations = joined(*(e.operations for e in edits))
    return Fix(title=f"Tolerate {keys}", edits=(Patch(target=POD, operations=operations),))
