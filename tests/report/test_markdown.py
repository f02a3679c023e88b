"""A comment on a pull request: whole, within its length, and untrusted text stays text."""

from __future__ import annotations

import re

import msgspec
import pytest
from markdown_it import MarkdownIt

from efadoctor.model.report import Plan, PlanStep, Report
from efadoctor.report.choices import Format
from efadoctor.report.faces import render
from efadoctor.report.markdown import LONGEST, MARKER, code, prose
from efadoctor.report.reports import Reports

GITHUB = MarkdownIt("gfm-like", {"html": True})


def test_it_begins_with_the_marker_that_a_bot_looks_for(one: Reports) -> None:
    assert render(Format.MARKDOWN, one).startswith(MARKER + "\n")


def test_commands_stand_whole_in_fences(one: Reports, walkthrough: Report) -> None:
    text = render(Format.MARKDOWN, one)
    for cause in walkthrough.root_causes:
        assert f"```sh\n{cause.fixes[0].commands[0]}\n```" in text


def test_why_no_copy_shows_the_effect_is_said_once(walkthrough: Report) -> None:
    why = "No copy can show the effect. Only EC2 can tell."
    cause = walkthrough.root_causes[0]
    fix = msgspec.structs.replace(
        cause.fixes[0], verified=None, after=why, unprovable="only EC2 can tell"
    )
    cause = msgspec.structs.replace(cause, fixes=(fix,))
    plan = Plan(steps=(PlanStep(finding=0, fix=0, after=why),), verified=None, why=why)
    report = msgspec.structs.replace(walkthrough, root_causes=(cause,), plan=plan)
    text = render(Format.MARKDOWN, Reports(reports=(report,)))
    assert text.count("EC2 can tell") == 1


def test_a_bad_day_is_cut_between_parts(many: Reports) -> None:
    text = render(Format.MARKDOWN, many)
    assert len(text) <= LONGEST
    assert text.count("```") % 2 == 0
    assert "Cut here" in text


def test_untrusted_text_makes_no_link_no_html_no_heading(hostile: Reports) -> None:
    tokens = [
        t
        for block in GITHUB.parse(render(Format.MARKDOWN, hostile))
        for t in (block, *(block.children or ()))
    ]
    html = {t.content.strip() for t in tokens if t.type in ("html_inline", "html_block")}
    links = {t.attrGet("href") for t in tokens if t.type == "link_open"}
    assert html <= {"<!-- -->", MARKER}
    assert all("/docs/checks/" in str(link) for link in links)
    assert sum(t.type == "heading_open" for t in tokens) == 1
    assert not any(t.type in ("strong_open", "em_open", "image") and t.content for t in tokens)


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("ask @octocat now", r"@octocat"),
        ("as in #12", r"#12"),
        ("see https://evil.example/x", r"https://"),
        ("www.evil.example", r"www\.evil"),
        ("[a](b)", r"(?<!\\)\["),
        ("<b>", r"(?<!\\)<b"),
        ("a\n# b", r"\n"),
    ],
)
def test_prose_is_neither_mention_link_nor_markup(text: str, never: str) -> None:
    assert not re.search(never, prose(text))


@pytest.mark.parametrize(
    ("text", "span"),
    [("plain", "`plain`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), ("a|b", "`a\\|b`")],
)
def test_a_code_span_outlasts_the_backticks_in_it(text: str, span: str) -> None:
    assert code(text) == span
