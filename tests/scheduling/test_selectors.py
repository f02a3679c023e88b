"""Label selectors and node selectors.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/apimachinery/pkg/labels/selector.go
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
"""

from collections.abc import Sequence

import msgspec
import pytest

from efadoctor.model.kubernetes import LabelSelector, NodeSelectorTerm
from efadoctor.scheduling.selectors import matches, term_matches

Written = tuple[str, str] | tuple[str, str, list[str]]
"""Key, operator and values of an expression."""

LABELS = {"app": "train", "size": "8", "empty": ""}


def term(*expressions: Written, fields: Sequence[Written] = ()) -> NodeSelectorTerm:
    names = ("key", "operator", "values")
    plain = {
        "matchExpressions": [dict(zip(names, e, strict=False)) for e in expressions],
        "matchFields": [dict(zip(names, f, strict=False)) for f in fields],
    }
    return msgspec.convert(plain, NodeSelectorTerm)


@pytest.mark.parametrize(
    ("expression", "meets"),
    [
        (("app", "In", ["train", "x"]), True),
        (("app", "In", ["x"]), False),
        (("none", "In", ["x"]), False),
        (("app", "NotIn", ["x"]), True),
        (("app", "NotIn", ["train"]), False),
        (("none", "NotIn", ["x"]), True),
        (("empty", "Exists"), True),
        (("none", "Exists"), False),
        (("none", "DoesNotExist"), True),
        (("empty", "DoesNotExist"), False),
        (("size", "Gt", ["7"]), True),
        (("size", "Gt", ["8"]), False),
        (("size", "Lt", ["9"]), True),
        (("app", "Gt", ["7"]), False),
        (("none", "Lt", ["7"]), False),
    ],
)
def test_an_expression_looks_at_one_label(expression: Written, *, meets: bool) -> None:
    assert term_matches(term(expression), LABELS, "n") is meets


@pytest.mark.parametrize(
    "expression",
    [
        ("app", "In", []), ("app", "Exists", ["x"]), ("size", "Gt", ["7", "8"]),
        ("size", "Gt", ["x"]), ("app", "Near", ["train"]), ("app", "NotIn", ["not a label"]),
        ("not a key", "DoesNotExist"), ("app", "NotIn", ["x" * 64]),
    ],
)  # fmt: skip
def test_a_term_that_does_not_parse_matches_nothing(expression: Written) -> None:
    assert not term_matches(term(expression), LABELS, "n")


def test_an_empty_term_matches_nothing() -> None:
    assert not term_matches(term(), LABELS, "n")


def test_fields_and_labels_of_a_term_must_both_match() -> None:
    name = ("metadata.name", "In", ["n"])
    assert term_matches(term(fields=[name]), {}, "n")
    assert not term_matches(term(fields=[name]), {}, "m")
    assert not term_matches(term(("none", "Exists"), fields=[name]), LABELS, "n")
    assert term_matches(term(fields=[("metadata.name", "NotIn", ["n"])]), {}, "m")
    assert not term_matches(term(fields=[("metadata.name", "In", ["n", "m"])]), {}, "n")


def test_an_absent_label_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert not matches(None, LABELS)
    assert matches(LabelSelector(), LABELS)
    assert matches(LabelSelector(), {})


def test_labels_and_expressions_of_a_selector_must_all_match() -> None:
    plain = {
        "matchLabels": {"app": "train"},
        "matchExpressions": [{"key": "size", "operator": "Exists"}],
    }
    selector = msgspec.convert(plain, LabelSelector)
    assert matches(selector, LABELS)
    assert not matches(selector, {"app": "train"})
