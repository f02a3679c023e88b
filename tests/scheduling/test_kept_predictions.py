"""Predictions are kept for copies that leave alone all that filters read."""

from typing import Any

import pytest
from clusters import broken
from states import TRAINER, State, states
from watched import Watched

from efadoctor.diagnosis.subject import find_subject
from efadoctor.model.derivations import Aspect
from efadoctor.model.karpenter import NodePool
from efadoctor.model.kubernetes import Node, Pod
from efadoctor.model.reference import reference
from efadoctor.scheduling.prediction import READ, predict


@pytest.mark.parametrize("state", states(), ids=repr)
def test_a_prediction_reads_no_more_of_a_snapshot_than_it_says(state: State) -> None:
    asked: set[type[Any]] = set()
    snapshot = state.case().snapshot
    predict(Watched.of(snapshot, asked), state.case().pod)
    known = {of.type if isinstance(of, Aspect) else of for of in READ}
    assert asked <= known


def test_a_copy_with_another_node_is_judged_anew_and_one_with_another_pool_is_not() -> None:
    snapshot = broken().snapshot()
    pod = find_subject(snapshot, TRAINER).pod
    before = predict(snapshot, pod)
    assert predict(snapshot.replacing(*snapshot.all(NodePool)), pod) is before
    copy = snapshot.replacing(snapshot.all(Node)[0])
    assert predict(copy, pod) is not before


def test_a_bound_pod_that_goes_makes_room() -> None:
    snapshot = broken().snapshot()
    pod = find_subject(snapshot, TRAINER).pod
    before = predict(snapshot, pod)
    bound = next(p for p in snapshot.all(Pod) if p.spec.node_name)
    assert predict(snapshot.without(reference(bound)), pod) is not before
