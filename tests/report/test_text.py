"""The text face: what must be pasted is whole, what must be seen is there."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Gang, Plan, PlanStep, Report, SchedulerView, Verdict
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports, Style
from efadoctor.report.sheet import Sheet
from efadoctor.report.suppression import parse_rule, suppressing

ESCAPE = "\x1b"


def text(reports: Reports, width: int = 80, *, colour: bool = False) -> str:
    return render(Format.TEXT, reports, Style(width=width, colour=colour))


def test_the_verdict_comes_first(one: Reports) -> None:
    assert text(one).startswith("BLOCKED  default/efa-test-pod  (bundle of")


@pytest.mark.parametrize("width", [1, 40, 80, 120, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_each_command_stands_alone_on_its_line_unwrapped(
    width: int, *, colour: bool, one: Reports, walkthrough: Report
) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(one, width, colour=colour))
    for cause in walkthrough.root_causes:
        assert cause.fixes[0].commands[0] in plain.split("\n")


def test_what_a_fix_does_besides_is_said_before_its_command(one: Reports) -> None:
    lines = text(one, 120).split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("kubectl patch"))
    assert "restarts the plugin's pod on each node" in lines[at - 1]


def test_toleration_and_taint_stand_together(one: Reports) -> None:
    seen = text(one, 120)
    assert "spec.tolerations[1].key = vpc.amazon.com/efa, expected vpc.amazonaws.com\n" in seen
    assert "spec.taints[1] = vpc.amazonaws.com=true:NoSchedule" in seen


def test_only_commands_are_wider_than_the_page(one: Reports) -> None:
    wide = [line for line in text(one).split("\n") if len(line) > 80]
    assert all(line.startswith("kubectl") for line in wide)


def test_colour_is_the_only_escape_and_changes_no_word(one: Reports) -> None:
    coloured = text(one, colour=True)
    assert ESCAPE in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text(one)
    assert ESCAPE not in text(one)


def test_the_environment_colours_nothing(one: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert ESCAPE not in text(one)


def test_markup_in_names_is_shown_not_obeyed(hostile: Reports) -> None:
    shown = text(hostile, 200)
    assert "[red]x[/red] [/]" in shown
    assert "[red]x[/red]" in re.sub(r"\x1b\[[0-9;]*m", "", text(hostile, 200, colour=True))


def test_a_newline_in_a_name_begins_no_line(hostile: Reports) -> None:
    assert not any(line.startswith("::") for line in text(hostile, 10_000).split("\n"))


def test_what_was_not_read_is_said(one: Reports) -> None:
    assert "describe-security-group-rules (UnauthorizedOperation)" in text(one)


def test_what_no_report_of_a_run_has_read_is_said_once_at_its_end(walkthrough: Report) -> None:
    shown = text(Reports(reports=(walkthrough, walkthrough, walkthrough)))
    denied = "describe-security-group-rules (UnauthorizedOperation)"
    assert shown.count(denied) == 1
    assert shown.index(denied) > shown.rindex("CAUSE 3 of 3")


def test_what_one_report_of_a_run_has_not_read_stands_with_it(walkthrough: Report) -> None:
    whole = msgspec.structs.replace(walkthrough, coverage=())
    shown = text(Reports(reports=(walkthrough, whole)))
    denied = "describe-security-group-rules (UnauthorizedOperation)"
    assert shown.count(denied) == 1
    assert shown.index(denied) < shown.rindex("CAUSE 1 of 3")


def test_agreement_with_the_scheduler_is_not_worth_a_line(one: Reports) -> None:
    assert "scheduler" not in text(one)


def test_a_message_out_of_date_stands_beside_ours(walkthrough: Report) -> None:
    view = SchedulerView(observed="0/3 nodes: old", predicted="0/3 nodes: new", agrees=False)
    report = msgspec.structs.replace(walkthrough, scheduler=view)
    shown = text(Reports(reports=(report,)))
    assert shown.index("0/3 nodes: old") < shown.index("0/3 nodes: new")


def test_nothing_pending_is_one_line() -> None:
    assert text(Reports(reports=(), nothing="Nothing is pending in namespace ml.")) == (
        "Nothing is pending in namespace ml.\n"
    )


def test_many_subjects_are_counted(walkthrough: Report) -> None:
    report = msgspec.structs.replace(walkthrough, subjects=walkthrough.subjects * 64)
    assert "and 61 more" in text(Reports(reports=(report,)), 120)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_a_word(verdict: Verdict, walkthrough: Report) -> None:
    report = msgspec.structs.replace(walkthrough, verdict=verdict, root_causes=(), plan=None)
    assert text(Reports(reports=(report,))).startswith(verdict.value.upper())


def test_warnings_are_told_in_full(walkthrough: Report) -> None:
    told = "No NodeClass or launch template names placement group training-on-eks"
    assert told in " ".join(text(Reports(reports=(walkthrough,))).split())


def test_what_is_set_aside_is_named_with_its_reason(walkthrough: Report) -> None:
    rules = [
        parse_rule("EFA703", ["EFA703", "EFA804"], "the group is for next week"),
        parse_rule("EFA804", ["EFA703", "EFA804"]),
    ]
    shown = text(Reports(reports=(suppressing(walkthrough, rules),)))
    assert (
        "suppressed EFA703 PlacementGroup training-on-eks (the group is for next week)\n" in shown
    )
    assert "(--ignore EFA804)\n" in shown


def test_that_a_cause_was_set_aside_is_why_the_plan_proves_nothing(walkthrough: Report) -> None:
    report = suppressing(walkthrough, [parse_rule("EFA402", ["EFA402"])])
    shown = " ".join(text(Reports(reports=(report,))).split())
    assert "No copy can show that this is enough: a cause on the way was suppressed" in shown


def test_why_no_copy_shows_the_effect_is_said_once(walkthrough: Report) -> None:
    why = "No copy can show the effect. Only EC2 can tell."
    cause = walkthrough.root_causes[0]
    fix = msgspec.structs.replace(
        cause.fixes[0], verified=None, after=why, unprovable="only EC2 can tell"
    )
    cause = msgspec.structs.replace(cause, fixes=(fix,))
    plan = Plan(steps=(PlanStep(finding=0, fix=0, after=why),), verified=None, why=why)
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,), warnings=(), plan=plan)
    shown = text(Reports(reports=(report,)))
    assert "note  not tried on a copy: only EC2 can tell\n" in shown
    assert "No copy can show" not in shown


def test_where_the_pod_fits_is_said_where_its_node_is_yet_to_be_made(walkthrough: Report) -> None:
    after = "NodePool gpu-efa launches a p5.48xlarge. The pod then fits there."
    plan = Plan(steps=(PlanStep(finding=0, fix=0, after=after),), verified=True)
    report = msgspec.structs.replace(walkthrough, plan=plan)
    assert f"tried on a copy: {after}" in text(Reports(reports=(report,)), 200)


def test_a_word_longer_than_a_line_is_broken_between_its_parts(walkthrough: Report) -> None:
    field = "spec.template." + ".".join(f"{part}NodeAffinity" for part in "abcdefgh")
    cause = walkthrough.root_causes[0]
    evidence = msgspec.structs.replace(cause.evidence[0], field=field)
    cause = msgspec.structs.replace(cause, evidence=(evidence,))
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,))
    shown = text(Reports(reports=(report,)), 60)
    assert "\n      .aNodeAffinity" in shown or "\n      .cNodeAffinity" in shown
    assert field in "".join(shown.split())


@given(st.text(st.sampled_from("ab .,/=[]長\u0301"), max_size=200), st.integers(20, 50))
def test_no_line_is_too_wide_and_no_word_is_lost(words: str, width: int) -> None:
    sheet = Sheet(Style(width=max(width, 40)))
    sheet.line(words)
    lines = sheet.text().splitlines()
    assert all(cell_len(line) <= max(width, 40) for line in lines)
    assert "".join(sheet.text().split()) == "".join(words.split())


def test_a_gang_is_counted_in_one_sentence(walkthrough: Report) -> None:
    gang = Gang(pods=8, bound=1, pending=7, can_land=3)
    report = msgspec.structs.replace(walkthrough, gang=gang)
    assert "Of 8 pods 1 are bound and 7 wait; 3 of those could land" in text(
        Reports(reports=(report,))
    )


def test_a_plan_that_falls_short_says_what_is_left_once(walkthrough: Report) -> None:
    assert walkthrough.plan is not None
    last = walkthrough.plan.steps[-1]
    left = "0/3 nodes are available: 3 node(s) were unschedulable."
    steps = (msgspec.structs.replace(last, after=f"The pod still waits: {left}"),)
    plan = Plan(steps=steps, verified=False, why=f"The pod would still wait: {left}")
    report = msgspec.structs.replace(walkthrough, plan=plan)
    shown = text(Reports(reports=(report,)), 200)
    assert "Tried on a copy: all of this is not enough." in shown
    assert shown.count(left) == 1


def test_a_node_is_named_whole_where_it_is_the_object_and_by_its_host_in_prose(
    walkthrough: Report,
) -> None:
    name = "ip-10-0-1-2.us-west-2.compute.internal"
    cause = msgspec.structs.replace(
        walkthrough.root_causes[0],
        object=ObjectRef("v1", "Node", "", name),
        chain=(),
        summary=f"Node {name} is cordoned.",
    )
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,))
    shown = text(Reports(reports=(report,)))
    assert f"EFA105  Node {name}\n" in shown
    assert "why   Node ip-10-0-1-2 is cordoned.\n" in shown
