"""What lines are made of: the chain, differences, bars, YAML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from tui.terminals import incident

from efadoctor.model.finding import Stage
from efadoctor.model.kubernetes import Pod
from efadoctor.model.report import Verdict
from efadoctor.tui.drawing.amounts import amount_text, bar
from efadoctor.tui.drawing.chain import Chain, Link
from efadoctor.tui.drawing.chain_drawing import draw_chain
from efadoctor.tui.drawing.difference import GAP, aligned
from efadoctor.tui.drawing.pending import squeezed
from efadoctor.tui.drawing.states import State
from efadoctor.tui.drawing.yaml_lines import document_of


def link(key: str, stage: Stage, state: State = State.FAILED, *, root: bool = True) -> Link:
    return Link(key=key, label=key, name=f"{key}-name", stage=stage, state=state, root=root)


def chain(*links: Link, edges: tuple[tuple[str, str], ...] = ()) -> Chain:
    stages = {s: tuple(k.state for k in links if k.stage is s) for s in Stage}
    return Chain(stages=stages, links=links, edges=edges, outcome="Pending", outcome_style="$fail")


def drawn(chain: Chain, width: int) -> list[str]:
    return [line.plain for line in draw_chain(chain, width).lines]


@pytest.mark.parametrize("width", [76, 78, 90, 120])
@pytest.mark.parametrize("outcome", ["Schedulable", "Scheduled", "Waiting"])
def test_what_nothing_stands_in_the_way_of_covers_no_stage(outcome: str, width: int) -> None:
    stages = dict.fromkeys(Stage, (State.PASSED,) * 5)
    free = Chain(stages=stages, links=(), outcome=outcome, outcome_style="$pass")
    names = drawn(free, width)[0]
    assert "runtime" in names
    assert outcome in names or width < 120


@pytest.mark.parametrize("width", [78, 100, 120, 200])
def test_what_is_unknown_in_two_stages_beside_each_other_covers_neither(width: int) -> None:
    links = [
        Link(
            key=stage.value,
            label=f"{number} unknown",
            name="",
            stage=stage,
            state=State.UNKNOWN,
            root=False,
        )
        for number, stage in enumerate(Stage, start=2)
    ]
    row = next(line for line in drawn(chain(*links), width) if "? 2" in line)
    assert re.findall(r"\? (\d)", row) == [str(n + 2) for n in range(len(Stage))]


@given(st.text(st.sampled_from("ab/-中"), max_size=60), st.integers(8, 40))
def test_a_name_that_is_too_long_keeps_its_end(name: str, width: int) -> None:
    shown = squeezed(name, width)
    assert cell_len(shown) <= width
    assert shown == name or (shown[0] == name[0] and shown[-1] == name[-1])


def test_a_consequence_stands_after_its_cause_on_the_same_line_and_is_drawn_to_it() -> None:
    cause = link("EFA402", Stage.PLUGIN)
    after = link("EFA501", Stage.ALLOCATABLE, root=False)
    lines = drawn(chain(cause, after, edges=(("EFA402", "EFA501"),)), 140)
    row = next(line for line in lines if "EFA402" in line)
    assert row.index("EFA402") < row.index("▶ ✗ EFA501")
    assert row.rstrip().endswith("▶ Pending")


def test_two_causes_of_one_consequence_join_before_it() -> None:
    first, second = link("EFA401", Stage.PLUGIN), link("EFA402", Stage.PLUGIN)
    after = link("EFA501", Stage.ALLOCATABLE, root=False)
    edges = (("EFA401", "EFA501"), ("EFA402", "EFA501"))
    lines = drawn(chain(first, second, after, edges=edges), 140)
    upper = next(line for line in lines if "EFA401" in line)
    lower = next(line for line in lines if "EFA402" in line)
    assert upper[lower.rstrip().index("╯")] in "┬╭"


def test_every_cause_leads_to_what_it_comes_to_and_a_warning_does_not() -> None:
    links = (
        link("EFA105", Stage.POD),
        link("EFA402", Stage.PLUGIN),
        link("EFA703", Stage.PLACEMENT, State.WARNING, root=False),
    )
    lines = drawn(chain(*links), 120)
    assert sum("─" in line and "EFA" in line for line in lines) == 2
    assert "─" not in next(line for line in lines if "EFA703" in line)


LINKS = st.lists(
    st.builds(
        link,
        key=st.text("ABC", min_size=1, max_size=3),
        stage=st.sampled_from(list(Stage)),
        state=st.sampled_from([State.FAILED, State.WARNING, State.UNKNOWN]),
        root=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda made: made.key,
)


@given(links=LINKS, width=st.integers(1, 200), data=st.data())
@settings(deadline=None, max_examples=150)
def test_any_chain_fits_any_width_and_every_link_has_its_place(
    links: list[Link], width: int, data: st.DataObject
) -> None:
    keys = [made.key for made in links]
    pairs = [(a, b) for n, a in enumerate(keys) for b in keys[n + 1 :]]
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    made = chain(*links, edges=tuple(edges))
    drawing = draw_chain(made, width)
    assert all(line.cell_length <= width for line in drawing.lines)
    assert set(drawing.places) == set(keys)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_without_a_cause_the_stages_lead_to_the_outcome(verdict: Verdict) -> None:
    made = Chain(
        stages=dict.fromkeys(Stage, (State.PASSED,)), outcome=verdict.value, outcome_style=""
    )
    assert draw_chain(made, 120).lines[0].plain.endswith(verdict.value)


# ---- differences ------------------------------------------------------------


def test_equal_letters_stand_below_each_other_and_dots_for_what_is_missing() -> None:
    has, wants = aligned("vpc.amazon.com/efa", "vpc.amazonaws.com")
    assert has.plain == "vpc.amazon···.com/efa"
    assert wants.plain == "vpc.amazonaws.com····"


def test_what_has_nothing_in_common_is_not_compared_letter_by_letter() -> None:
    has, wants = aligned("true", "0")
    assert (has.plain, wants.plain) == ("true", "0")


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_comparison_loses_no_letter(has: str, wants: str) -> None:
    left, right = aligned(has, wants)
    if GAP not in has + wants:
        assert left.plain.replace(GAP, "") == _printable(has)
        assert right.plain.replace(GAP, "") == _printable(wants)


def _printable(text: str) -> str:
    """Content drops the few control characters that would break a line."""
    return "".join(c for c in text if c not in "\x07\x08\x0b\x0c\r")


# ---- amounts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "amount", "text"),
    [
        ("cpu", 31850, "31.85"),
        ("cpu", 500, "0.5"),
        ("memory", 120_383_664_128, "112Gi"),
        ("hugepages-2Mi", 0, "0"),
        ("vpc.amazonaws.com/efa", 32, "32"),
        ("pods", 5000, "5,000"),
    ],
)
def test_amounts_read_as_kubernetes_writes_them(resource: str, amount: int, text: str) -> None:
    assert amount_text(resource, amount) == text


@given(free=st.integers(-5, 2**63), asked=st.integers(0, 2**63), whole=st.integers(0, 2**63))
def test_a_bar_is_as_wide_as_it_is_meant_to_be(free: int, asked: int, whole: int) -> None:
    assert bar(free, asked, whole, 20).cell_length == 20


# ---- YAML -------------------------------------------------------------------


def test_a_field_is_found_on_its_line() -> None:
    pod = incident().snapshot().get(Pod, "efa-test-pod", "default")
    document = document_of(pod)
    line = document.line_of("spec.tolerations[1].key")
    assert line is not None
    assert document.lines[line].strip() == "- key: vpc.amazon.com/efa"


def test_a_field_that_is_absent_is_at_its_nearest_parent() -> None:
    pod = incident().snapshot().get(Pod, "efa-test-pod", "default")
    document = document_of(pod)
    line = document.line_of("spec.tolerations[1].nothing.here")
    assert line is not None
    assert "key: vpc.amazon.com/efa" in document.lines[line]
