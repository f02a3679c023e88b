"""The plan as a script: what it says, what it runs, and that nothing in it escapes a comment."""

import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efadoctor.fix.render.script import render_script
from efadoctor.model.finding import Finding
from efadoctor.model.fix import Fix, Risk
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Plan, PlanStep, Report, Verdict
from efadoctor.model.snapshot import Origin

POD = ObjectRef("v1", "Pod", "ml", "trainer")


def report(*fixes: Fix, verified: bool | None = True, why: str = "", after: str = "") -> Report:
    causes = tuple(
        Finding(object=POD, summary="It waits.", evidence=(), fixes=(f,), code="EFA104")
        for f in fixes
    )
    steps = tuple(PlanStep(finding=n, fix=0, after=after) for n in range(len(fixes)))
    return Report(
        generated_at="2026-11-20T10:00:00Z",
        version="1.0",
        source=Origin(kind="bundle"),
        server_version="v1.36.2",
        subjects=(POD,),
        verdict=Verdict.BLOCKED,
        summary="It waits.",
        root_causes=causes,
        plan=Plan(steps=steps, verified=verified, why=why),
    )


def fix(command: str, **more: Any) -> Fix:
    return Fix(title="Mend it", commands=(command,), dry_runs=(f"{command} --dry-run",), **more)


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash"], input=script, capture_output=True, text=True, cwd=folder, check=False
    )


def test_the_commands_run_in_order_and_all_else_is_comment(tmp_path: Path) -> None:
    script = render_script(report(fix("echo first"), fix("echo second")))
    done = run(script, tmp_path)
    assert (done.returncode, done.stdout) == (0, "first\nsecond\n")
    code = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert code[0] == "set -euo pipefail"
    assert code[1].startswith("trap ")
    assert code[2:] == ["echo first", "echo second"]


def test_a_step_that_fails_ends_the_script(tmp_path: Path) -> None:
    done = run(render_script(report(fix("false | cat"), fix("echo second"))), tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "the object is not as it was read: diagnose again" in done.stderr


def test_the_risk_comes_before_the_command_and_the_dry_run_beside_it() -> None:
    script = render_script(
        report(fix("kubectl x", risk=Risk.REPLACES_NODES, warning="Evicts what runs there."))
    )
    order = [
        script.index(text)
        for text in (
            "replaces nodes",
            "BEFORE YOU DO: Evicts what runs there.",
            "# dry run: kubectl x --dry-run",
            "\nkubectl x\n",
        )
    ]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "nasty",
    ["a\ntouch canary", "a\r\ntouch canary", "\u2028touch canary", "$(touch canary)", "x" * 500],
)
def test_no_text_breaks_out_of_its_comment(nasty: str, tmp_path: Path) -> None:
    made = fix("true", warning=nasty)
    script = render_script(report(made, verified=False, why=nasty, after=nasty))
    assert run(script, tmp_path).returncode == 0
    assert not list(tmp_path.iterdir())
    assert all(
        line.startswith(("#", "set ", "trap ", "true")) or not line for line in script.splitlines()
    )


@pytest.mark.parametrize(
    ("verified", "said"),
    [(True, "can be scheduled"), (None, "Not proved"), (False, "NOT enough")],
)
def test_it_says_whether_the_plan_was_proved(*, verified: bool | None, said: str) -> None:
    assert said in render_script(report(fix("true"), verified=verified, why="Because."))


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        (("true || false",), "Run twice, it does nothing twice"),
        (("true || false", "true"), "A command without || acts each time it is run"),
    ],
)
def test_it_says_what_a_second_run_does(commands: tuple[str, ...], said: str) -> None:
    assert said in render_script(report(*map(fix, commands)))


def test_of_a_mere_look_nothing_is_said_of_a_second_run() -> None:
    look = fix("kubectl logs x || true", unprovable="only the log says why")
    script = render_script(report(look))
    assert "Run twice" not in script
    assert "Run twice" in render_script(report(look, fix("true || false")))


def test_a_name_with_hyphens_stays_whole() -> None:
    name = f"ip-10-0-13-190.{'ap-northeast-2.' * 4}compute.internal"
    script = render_script(report(Fix(title="Mend it"), after=f"The pod then fits node {name}."))
    assert name in script


def test_a_fix_without_a_command_shows_its_manifest_as_comment(tmp_path: Path) -> None:
    script = render_script(report(Fix(title="Edit", manifest="kind: Pod\nspec: {}\n")))
    assert "#   kind: Pod" in script
    assert run(script, tmp_path).returncode == 0


def test_where_nothing_is_to_be_done_the_script_does_nothing(tmp_path: Path) -> None:
    script = render_script(report())
    assert "Nothing to do" in script
    assert run(script, tmp_path).stdout == ""


def test_the_script_says_when_the_cluster_was_judged() -> None:
    judged = report(fix("echo first"))
    assert "at 2026-11-20T10:00:00Z" in render_script(judged)
    unknown = msgspec.structs.replace(judged, generated_at="")
    assert "read before." in render_script(unknown)
