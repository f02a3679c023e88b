"""Block Kit within its documented limits."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from efadoctor.model.report import Report
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.reports import Reports


def slack(reports: Reports) -> dict[str, Any]:
    """The message, held against https://docs.slack.dev/reference/block-kit/blocks."""
    message: dict[str, Any] = json.loads(render(Format.SLACK, reports))
    assert 0 < len(message["text"]) <= 40_000
    assert 0 < len(message["blocks"]) <= 50
    for block in message["blocks"]:
        match block["type"]:
            case "header":
                assert block["text"]["type"] == "plain_text"
                assert 0 < len(block["text"]["text"]) <= 150
            case "section":
                assert block["text"]["type"] == "mrkdwn"
                assert 0 < len(block["text"]["text"]) <= 3000
            case "context":
                assert 0 < len(block["elements"]) <= 10
                assert all(0 < len(e["text"]) <= 3000 for e in block["elements"])
            case other:
                pytest.fail(f"unheard block {other}")
    return message


@pytest.mark.parametrize("fixture", ["one", "many", "hostile"])
def test_it_keeps_the_limits(fixture: str, request: pytest.FixtureRequest) -> None:
    slack(request.getfixturevalue(fixture))


def test_nothing_pending_is_said() -> None:
    assert slack(Reports(reports=()))["text"] == "Nothing is pending."


def test_the_fallback_is_the_sentence_to_act_on(one: Reports) -> None:
    text = slack(one)["text"]
    assert text.startswith("BLOCKED default/efa-test-pod: The pod tolerates")


def test_commands_stand_whole_in_code(one: Reports, walkthrough: Report) -> None:
    said = json.dumps(slack(one))
    for cause in walkthrough.root_causes:
        command = cause.fixes[0].commands[0]
        assert json.dumps(f"```{command}```") in said


def test_a_command_too_long_for_slack_is_left_out_whole(walkthrough: Report) -> None:
    fix = msgspec.structs.replace(
        walkthrough.root_causes[0].fixes[0], commands=("echo " + "x" * 4000,)
    )
    cause = msgspec.structs.replace(walkthrough.root_causes[0], fixes=(fix,))
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,))
    said = json.dumps(slack(Reports(reports=(report,))))
    assert "xxx" not in said
    assert "Too long for Slack" in said


def test_what_is_left_out_is_counted(many: Reports) -> None:
    last = slack(many)["blocks"][-1]
    shown = sum(b["type"] == "header" for b in slack(many)["blocks"])
    assert last["elements"][0]["text"] == f"Cut here: {100 - shown} more reports left out."


def test_one_report_too_long_is_cut_and_says_so(walkthrough: Report) -> None:
    report = msgspec.structs.replace(walkthrough, root_causes=walkthrough.root_causes * 10)
    last = slack(Reports(reports=(report,)))["blocks"][-1]
    assert "longer than a message may be" in last["elements"][0]["text"]


def test_no_mention_and_no_link_is_made(hostile: Reports) -> None:
    """A header is plain text, in which Slack parses nothing; everything else is mrkdwn."""
    message = slack(hostile)
    parsed = [message["text"], *(json.dumps(b) for b in message["blocks"] if b["type"] != "header")]
    assert not any("<" in said for said in parsed)
