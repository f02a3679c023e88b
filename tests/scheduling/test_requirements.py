"""Karpenter's requirement algebra, against its source's rules.

https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/scheduling/requirement.go
https://github.com/kubernetes-sigs/karpenter/blob/v1.13.0/pkg/scheduling/requirements.go
"""

import pytest
from clusters.names import Json
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.scheduling.names import INSTANCE_TYPE, ZONE
from efadoctor.scheduling.requirements import Requirement, Requirements

VALUES = ("a", "b", "1", "2", "5", "9", "-3", "x9", "")
KEY = "key"


def operators() -> st.SearchStrategy[Requirement]:
    number = st.integers(-4, 10).map(str)
    several = st.lists(st.sampled_from(VALUES), max_size=4)
    return st.one_of(
        st.builds(Requirement.of, st.just(KEY), st.sampled_from(["In", "NotIn"]), several),
        st.builds(Requirement.of, st.just(KEY), st.sampled_from(["Exists", "DoesNotExist"])),
        st.builds(
            Requirement.of,
            st.just(KEY),
            st.sampled_from(["Gt", "Lt", "Gte", "Lte"]),
            number.map(lambda n: (n,)),
        ),
    )


@given(operators(), operators(), st.sampled_from(VALUES))
def test_an_intersection_allows_what_both_allow(
    one: Requirement, other: Requirement, value: str
) -> None:
    assert one.intersection(other).has(value) == (one.has(value) and other.has(value))


@given(operators(), operators())
def test_intersection_is_commutative(one: Requirement, other: Requirement) -> None:
    assert one.intersection(other) == other.intersection(one)


@given(operators(), operators(), operators(), st.sampled_from(VALUES))
def test_intersection_is_associative_in_what_it_allows(
    one: Requirement, two: Requirement, three: Requirement, value: str
) -> None:
    left = one.intersection(two).intersection(three)
    right = one.intersection(two.intersection(three))
    assert left.has(value) == right.has(value)


@given(operators())
def test_intersection_with_itself_changes_nothing(one: Requirement) -> None:
    assert all(one.intersection(one).has(v) == one.has(v) for v in VALUES)


@given(operators(), operators())
def test_meeting_is_symmetric_and_follows_from_a_common_value(
    one: Requirement, other: Requirement
) -> None:
    assert one.meets(other) == other.meets(one)
    if any(one.has(v) and other.has(v) for v in VALUES):
        assert one.meets(other)


@given(operators(), operators())
def test_requirements_that_meet_intersect_to_more_than_nothing(
    one: Requirement, other: Requirement
) -> None:
    both = one.intersection(other)
    assert one.meets(other) == (both.complement or bool(both.values))


@pytest.mark.parametrize(
    ("operator", "values", "allowed", "refused"),
    [
        ("In", ("a", "b"), ("a", "b"), ("c", "1")),
        ("NotIn", ("a",), ("b", "1"), ("a",)),
        ("Exists", (), ("a", "1", ""), ()),
        ("DoesNotExist", (), (), ("a", "1", "")),
        ("Gt", ("4",), ("5", "100"), ("4", "3", "a", "4.5")),
        ("Lt", ("4",), ("3", "-1"), ("4", "5", "a")),
        ("Gte", ("4",), ("4", "5"), ("3",)),
        ("Lte", ("4",), ("4", "3"), ("5",)),
        ("Gt", (str(2**63 - 1),), (), ("1", str(2**63 - 1))),
    ],
)
def test_an_operator_allows_these_values_and_not_those(
    operator: str, values: tuple[str, ...], allowed: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    written = Requirement.of(KEY, operator, values)
    assert all(written.has(v) for v in allowed)
    assert not any(written.has(v) for v in refused)


def test_bounds_that_cross_leave_nothing() -> None:
    both = Requirement.of(KEY, "Gt", ("5",)).intersection(Requirement.of(KEY, "Lt", ("6",)))
    assert both.operator == "DoesNotExist"


def test_bounds_that_meet_leave_one_number() -> None:
    both = Requirement.of(KEY, "Gt", ("4",)).intersection(Requirement.of(KEY, "Lt", ("6",)))
    assert both.has("5")
    assert not both.has("4")
    assert not both.has("6")


def test_the_larger_min_values_holds() -> None:
    three = Requirement.of(KEY, "In", ("a", "b"), 3)
    two = Requirement.of(KEY, "Exists", (), 2)
    assert three.intersection(two).min_values == 3
    assert two.intersection(Requirement.of(KEY, "Exists")).min_values == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("failure-domain.beta.kubernetes.io/zone", ZONE),
        ("beta.kubernetes.io/instance-type", INSTANCE_TYPE),
        ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ],
)
def test_old_names_of_labels_are_read_as_the_new_ones(old: str, new: str) -> None:
    assert Requirement.of(old, "In", ("v",)).key == new


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (Requirement.of(KEY, "In", ("b", "a")), "key In [a b]"),
        (Requirement.of(KEY, "NotIn", ("a",)), "key NotIn [a]"),
        (Requirement.of(KEY, "Exists"), "key Exists"),
        (Requirement.of(KEY, "DoesNotExist"), "key DoesNotExist"),
        (Requirement.of(KEY, "Gt", ("4",)), "key Exists >=5"),
        (Requirement.of(KEY, "Lt", ("4",)), "key Exists <=3"),
        (Requirement.of(KEY, "In", "abcdefg"), "key In [a b c d e and 2 others]"),
        (Requirement.of(KEY, "In", ("a",), 2), "key In [a] minValues 2"),
    ],
)
def test_a_requirement_prints_as_karpenter_prints_it(written: Json, text: str) -> None:
    assert str(written) == text


def test_requirements_print_sorted_and_without_the_hostname() -> None:
    written = Requirements.of_labels({"b": "2", "a": "1", "kubernetes.io/hostname": "h"})
    assert str(written) == "a In [1], b In [2]"


def of(**written: tuple[str, ...]) -> Requirements:
    return Requirements(Requirement.of(k, v[0], v[1:]) for k, v in written.items())


@pytest.mark.parametrize(
    ("defined", "wanted", "known", "compatible"),
    [
        (of(), of(a=("In", "1")), frozenset(), False),
        (of(), of(a=("Exists",)), frozenset(), False),
        (of(), of(a=("Gt", "1")), frozenset(), False),
        (of(), of(a=("NotIn", "1")), frozenset(), True),
        (of(), of(a=("DoesNotExist",)), frozenset(), True),
        (of(), of(a=("In", "1")), frozenset({"a"}), True),
        (of(a=("In", "1")), of(a=("In", "1", "2")), frozenset(), True),
        (of(a=("In", "1")), of(a=("In", "2")), frozenset({"a"}), False),
        (of(a=("In", "1")), of(a=("NotIn", "1")), frozenset(), False),
        (of(a=("NotIn", "1")), of(a=("DoesNotExist",)), frozenset(), True),
        (of(a=("DoesNotExist",)), of(a=("DoesNotExist",)), frozenset(), True),
        (of(a=("In", "1")), of(a=("DoesNotExist",)), frozenset(), False),
        (of(a=("DoesNotExist",)), of(a=("In", "1")), frozenset(), False),
        (of(a=("DoesNotExist",)), of(a=("NotIn", "1")), frozenset(), True),
    ],
)
def test_compatible_needs_custom_labels_defined_and_every_shared_label_to_meet(
    defined: Requirements, wanted: Requirements, known: frozenset[str], *, compatible: bool
) -> None:
    assert defined.is_compatible(wanted, known) is compatible
    found = (*defined.undefined(wanted, known), *defined.conflicts(wanted))
    assert bool(found) is not compatible


def test_a_second_requirement_on_a_key_intersects_the_first() -> None:
    both = of(a=("In", "1", "2")).plus(of(a=("NotIn", "2")))
    assert both == of(a=("In", "1"))
    assert len(both) == 1


def test_intersects_looks_at_shared_keys_only() -> None:
    assert of(a=("In", "1")).intersects(of(b=("In", "2")))
    assert not of(a=("In", "1"), c=("Exists",)).intersects(of(a=("In", "2")))


def test_a_conflict_names_both_sides() -> None:
    (conflict,) = of(a=("In", "1")).conflicts(of(a=("In", "2")))
    assert str(conflict) == "key a, a In [2] not in a In [1]"
