"""Taints and tolerations.

https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/api/core/v1/toleration.go
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import Json

from efadoctor.model.kubernetes import Taint, Toleration
from efadoctor.scheduling.taints import tolerates, untolerated

EFA = Taint(key="vpc.amazonaws.com/efa", value="true", effect="NoSchedule")

words = st.sampled_from(["", "a", "b", "1", "-2", "10"])
effects = st.sampled_from(["", "NoSchedule", "NoExecute", "PreferNoSchedule"])
taints = st.builds(Taint, key=words, value=words, effect=effects.filter(bool))
operators = st.sampled_from(["", "Equal", "Exists", "Gt", "Lt", "In"])
tolerations = st.builds(Toleration, key=words, operator=operators, value=words, effect=effects)


@pytest.mark.parametrize(
    ("toleration", "meets"),
    [
        ({"operator": "Exists"}, True),
        ({"operator": "Exists", "effect": "NoSchedule"}, True),
        ({"operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": EFA.key, "operator": "Exists"}, True),
        ({"key": "vpc.amazon.com/efa", "operator": "Exists"}, False),
        ({"key": "vpc.amazonaws.com", "operator": "Exists"}, False),
        ({"key": EFA.key, "value": "true"}, True),
        ({"key": EFA.key, "operator": "Equal", "value": "true"}, True),
        ({"key": EFA.key, "operator": "Equal"}, False),
        ({"key": EFA.key, "operator": "Equal", "value": "True"}, False),
        ({"key": EFA.key, "operator": "In", "value": "true"}, False),
    ],
)
def test_a_toleration_meets_a_taint_by_key_operator_value_and_effect(
    toleration: Json, *, meets: bool
) -> None:
    assert tolerates(Toleration(**toleration), EFA) is meets


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "meets"),
    [
        ("Gt", "5", "6", True), ("Gt", "5", "5", False), ("Lt", "5", "4", True),
        ("Lt", "-5", "-6", True), ("Gt", "5", "06", False), ("Gt", "5", "+6", False),
        ("Gt", "x", "6", False), ("Gt", "5", "", False), ("Gt", "0", str(2**63), False),
    ],
)  # fmt: skip
def test_gt_and_lt_compare_the_taint_s_value_as_an_integer(
    operator: str, wanted: str, found: str, *, meets: bool
) -> None:
    toleration = Toleration(key="k", operator=operator, value=wanted)
    taint = Taint(key="k", value=found, effect="NoSchedule")
    assert tolerates(toleration, taint) is meets
    assert not tolerates(toleration, taint, comparisons=False)


def test_a_preference_keeps_nothing_off() -> None:
    soft = Taint(key="k", effect="PreferNoSchedule")
    assert untolerated((soft, EFA), ()) == ((1, EFA),)


@given(taints)
def test_a_toleration_without_key_tolerates_everything(taint: Taint) -> None:
    assert tolerates(Toleration(operator="Exists"), taint)


@given(tolerations, taints)
def test_leaving_the_effect_out_only_tolerates_more(toleration: Toleration, taint: Taint) -> None:
    if tolerates(toleration, taint):
        anywhere = Toleration(
            key=toleration.key, operator=toleration.operator, value=toleration.value
        )
        assert tolerates(anywhere, taint)


@given(tolerations, taints)
def test_existence_tolerates_whatever_a_value_does(toleration: Toleration, taint: Taint) -> None:
    if tolerates(toleration, taint):
        key, effect = toleration.key, toleration.effect
        assert tolerates(Toleration(key=key, operator="Exists", effect=effect), taint)


@given(st.lists(taints, max_size=4), st.lists(tolerations, max_size=4))
def test_each_taint_that_keeps_off_is_tolerated_or_listed_with_its_place(
    nodes: list[Taint], pods: list[Toleration]
) -> None:
    listed = dict(untolerated(nodes, pods))
    for index, taint in enumerate(nodes):
        met = any(tolerates(t, taint) for t in pods)
        soft = taint.effect == "PreferNoSchedule"
        assert (index in listed) == (not met and not soft)
