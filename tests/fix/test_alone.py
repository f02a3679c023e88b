"""Fixes of warnings, each tried by itself."""

from collections.abc import Sequence

from clusters import EFA_NODE, Cluster
from fix.causes import Wants, cause, pod_of, tolerate

from efadoctor.fix.alone import tried_alone
from efadoctor.fix.plan import Outcome
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix
from efadoctor.model.snapshot import Snapshot


def standing(before: Sequence[Finding], wanted: str, harm: Finding | None = None) -> Wants:
    """A judge of a pod that fits: the findings are gone once it tolerates ``wanted``."""

    class Standing(Wants):
        def __call__(self, snapshot: Snapshot) -> Outcome:
            keys = {t.key for t in pod_of(snapshot).spec.tolerations}
            if wanted not in keys:
                return Outcome(feasible=(EFA_NODE,), remaining=tuple(before))
            if harm is not None:
                return Outcome(message="0/1 nodes are available: 1 no.", remaining=(harm,))
            return Outcome(feasible=(EFA_NODE,))

    return Standing(before, wanted)


def test_a_warning_s_fix_is_tried_by_itself() -> None:
    snapshot = Cluster().snapshot()
    warning = cause("w", tolerate(snapshot, "a"), tolerate(snapshot, "b"))
    (found,) = tried_alone(snapshot, [warning], standing([warning], "a"))
    assert [f.verified for f in found.fixes] == [True, False]
    assert all(f.commands and f.after for f in found.fixes)


def test_a_warning_s_fix_that_does_not_apply_is_left_out() -> None:
    changed = Cluster()
    changed.pod["spec"]["tolerations"] = [{"key": "other"}]
    stale, fits = tolerate(Cluster().snapshot(), "a"), tolerate(changed.snapshot(), "a")
    warning = cause("w", stale, fits)
    (found,) = tried_alone(changed.snapshot(), [warning], standing([warning], "a"))
    assert [f.verified for f in found.fixes] == [True]


def test_a_warning_s_fix_that_would_keep_the_pod_from_its_node_comes_last_and_says_so() -> None:
    snapshot = Cluster().snapshot()
    warning = cause("w", tolerate(snapshot, "a"), Fix(title="Ask", unprovable="nobody knows"))
    (found,) = tried_alone(snapshot, [warning], standing([warning], "a", harm=cause("worse")))
    assert found.fixes[0].title == "Ask"
    assert found.fixes[-1].verified is False
    assert "0/1 nodes" in found.fixes[-1].after
