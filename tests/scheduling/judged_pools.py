"""A pool judged for a pod, and what is in the way of it."""

from provisioning import EFA, GPU, TYPES, ask

LARGE = {EFA: "4", GPU: "8"}


def judged(subject, *objects, name="pool", types=TYPES):
    return ask(subject, *objects, types=types).judgements[name]


def only(judgement, kind):
    """The one blocker of a judgement, which must be of this kind."""
    assert [type(b) for b in judgement.blockers] == [kind]
    return judgement.blockers[0]


def kinds(judgement):
    return [type(b) for b in judgement.blockers]
