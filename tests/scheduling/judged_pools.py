"""A pool judged for a pod, and what is in the way of it."""

from typing import Any, TypeVar

from provisioning import EFA, GPU, TYPES, Json, ask

from efadoctor.scheduling.karpenter import PoolJudgement
from efadoctor.scheduling.karpenter.blockers import Blocker

B = TypeVar("B", bound=Blocker)

LARGE = {EFA: "4", GPU: "8"}


def judged(subject: Json, *objects: Json, name: str = "pool", types: Any = TYPES) -> PoolJudgement:
    return ask(subject, *objects, types=types).judgements[name]


def only(judgement: PoolJudgement, kind: type[B]) -> B:
    """The one blocker of a judgement, which must be of this kind."""
    (blocker,) = judgement.blockers
    assert type(blocker) is kind
    return blocker


def kinds(judgement: PoolJudgement) -> list[type[Blocker]]:
    return [type(b) for b in judgement.blockers]
