"""What comes in slowly, late, never, or not at all."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from select import select

import msgspec
import pytest
from facts_of import facts_of
from tui.terminals import CHECKS, incident, is_judged, is_listed, reading, seen, until

from efadoctor.authoring import Case, Finding
from efadoctor.fix.bench import Bench, Outcome
from efadoctor.model.coverage import CoverageStatus, Gap
from efadoctor.model.errors import UnreachableError
from efadoctor.model.kubernetes import Pod
from efadoctor.model.snapshot import Snapshot
from efadoctor.tui.app import EfadoctorApp
from efadoctor.tui.drawing.states import State
from efadoctor.tui.reading import Read, Tell, followed

SUBJECT = "default/efa-test-pod"


def an_app(read: Read, subject: str | None = SUBJECT) -> EfadoctorApp:
    return EfadoctorApp(read, subject, "a test", checks=CHECKS)


async def test_the_screen_is_painted_before_anything_is_read_and_says_how_far_it_is() -> None:
    go_on = threading.Event()

    def slowly(tell: Tell) -> Iterator[Snapshot]:
        tell("cluster/pods", 1200)
        go_on.wait(20)
        yield incident().snapshot()

    app = an_app(slowly)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "1,200 objects" in seen(app))
        await pilot.press("j", "c", "y", "2", "1")
        assert "reading" in seen(app)
        go_on.set()
        await until(pilot, lambda: is_judged(app))
        assert "BLOCKED" in seen(app)


async def test_checks_are_seen_as_they_end_the_one_that_is_asked_by_its_own_shape() -> None:
    go_on = threading.Event()

    def ask(_case: Case) -> tuple[Finding, ...]:
        go_on.wait(20)
        return ()

    slow = msgspec.structs.replace(CHECKS[-1], ask=ask)
    played = incident()
    app = EfadoctorApp(reading(played.snapshot()), SUBJECT, "a test", checks=(*CHECKS[:-1], slow))
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "✗" in seen(app))
        assert not is_judged(app)
        assert "6 of 7 checks" in seen(app)
        assert seen(app).count(State.RUNNING.glyph) == 2
        go_on.set()
        await until(pilot, lambda: is_judged(app))


async def test_a_cluster_that_never_answers_leaves_the_keys_alive_and_can_be_quit() -> None:
    never = threading.Event()

    def silence(_tell: Tell) -> Iterator[Snapshot]:
        never.wait()
        yield incident().snapshot()

    app = an_app(silence, None)
    started = time.monotonic()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("question_mark", "escape", "slash", "escape")
        assert "reading the cluster" in seen(app)
        await pilot.press("q")
    assert time.monotonic() - started < 15


async def test_a_cluster_that_cannot_be_reached_is_said_and_can_be_read_again() -> None:
    answers = [UnreachableError("no route to the API server"), None]

    def read(_tell: Tell) -> Iterator[Snapshot]:
        error = answers.pop(0)
        if error is not None:
            raise error
        yield incident().snapshot()

    app = an_app(read)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "no route to the API server" in seen(app))
        await pilot.press("r")
        await until(pilot, lambda: is_judged(app))
        assert "EFA105" in seen(app)


async def test_what_was_refused_is_named_with_what_it_hides() -> None:
    whole = incident().snapshot()
    facts = facts_of(whole, without=["aws/ec2/describe-placement-groups"])
    refused = Gap(
        source="aws/ec2/describe-placement-groups",
        reason="UnauthorizedOperation",
        status=CoverageStatus.DENIED,
    )
    snapshot = Snapshot(facts, server_version="v1.36.2", gaps=(refused,))
    app = an_app(reading(snapshot))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: is_judged(app))
        assert "?" in seen(app)
        await pilot.press("5")
        await pilot.pause()
        assert "could not read aws/ec2/describe-placement-groups: UnauthorizedOperation" in seen(
            app
        )
        assert "hides EFA703" in seen(app)


async def test_pods_that_could_not_be_read_are_not_nothing_pending() -> None:
    gap = Gap(source="cluster/pods", reason="forbidden", status=CoverageStatus.DENIED)
    app = an_app(reading(Snapshot({}, gaps=(gap,))), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: is_listed(app))
        assert "Cannot tell what is pending" in seen(app)


async def test_nothing_pending_is_said() -> None:
    app = an_app(reading(Snapshot.from_objects([])), None)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: is_listed(app))
        assert "Nothing is pending in the cluster." in seen(app)


async def test_a_subject_that_is_not_there_is_said_with_the_nearest() -> None:
    app = an_app(reading(incident().snapshot()), "default/efa-test-pot")
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "NOT JUDGED" in seen(app))
        assert "did you mean default/efa-test-pod" in seen(app)


async def test_changes_are_followed_and_told_in_order() -> None:
    first = incident().snapshot()
    pod = first.get(Pod, "efa-test-pod", "default")
    assert pod is not None
    mended = _with_the_first_fix(first)
    go_on = threading.Event()
    readings = count(1)

    def read(_tell: Tell) -> Iterator[Snapshot]:
        yield first
        if next(readings) > 1:
            go_on.wait(20)
            yield mended

    app = an_app(read)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: is_judged(app))
        screen = app.screen
        await pilot.press("r", "7")
        await until(pilot, lambda: is_judged(app))
        go_on.set()
        await until(pilot, lambda: "gone: EFA105" in seen(app))
        assert app.screen is screen
        rows = seen(app)
        assert rows.index("gone: EFA105") < rows.index("opened: blocked")


def _with_the_first_fix(snapshot: Snapshot) -> Snapshot:
    from efadoctor.diagnosis import diagnose

    report = diagnose(snapshot, SUBJECT, checks=CHECKS)
    bench = Bench(snapshot, lambda _: Outcome())
    return bench.attempt(bench.start, report.root_causes[0].fixes[0].edits).state.after


QUIT_WHILE_READING = """
import threading
from efadoctor.tui import open_live

def silence(tell):
    threading.Event().wait()
    yield None

open_live(silence, "default/some-pod", "a test")
print("AFTERWARDS")
"""


@pytest.mark.slow
def test_quitting_in_the_middle_of_reading_ends_at_once_and_restores_the_terminal() -> None:
    said = _in_a_terminal(QUIT_WHILE_READING, b"reading the cluster", b"q")
    assert b"\x1b[?1049h" in said
    assert said.rindex(b"\x1b[?1049l") > said.rindex(b"\x1b[?1049h")
    assert said.rindex(b"\x1b[?25h") > said.rindex(b"\x1b[?25l")
    assert b"AFTERWARDS" in said
    assert b"Traceback" not in said


A_DEFECT = """
from efadoctor.tui import open_live
from efadoctor.tui.widgets.verdict_bar import VerdictBar

def broken(self, width):
    raise RuntimeError("a defect of ours")

VerdictBar.content = broken
try:
    open_live(lambda tell: iter(()), "default/some-pod", "a test")
except RuntimeError as error:
    print("CAUGHT", error)
"""


@pytest.mark.slow
def test_a_defect_of_ours_restores_the_terminal_and_shows_no_traceback() -> None:
    said = _in_a_terminal(A_DEFECT, b"CAUGHT a defect of ours", b"")
    assert said.rindex(b"\x1b[?1049l") > said.rindex(b"\x1b[?1049h")
    assert b"Traceback" not in said


def _in_a_terminal(program: str, awaited: bytes, keys: bytes) -> bytes:
    """What a program writes to a terminal of its own; the keys are pressed at the awaited text."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    said = b""
    pressed = False
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ready, _, _ = select([master], [], [], 0.1)
        if ready:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            said += chunk
        if not pressed and awaited in said:
            pressed = True
            os.write(master, keys) if keys else None
        if not ready and process.poll() is not None:
            break
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        pytest.fail(f"it did not end: {said[-300:]!r}")
    finally:
        os.close(master)
    return said


@pytest.mark.parametrize("subject", [SUBJECT, None])
async def test_a_cluster_that_changes_faster_than_it_is_judged_is_judged_all_the_same(
    subject: str | None,
) -> None:
    played = incident()

    def restless(show: Callable[[Snapshot], None], _tell: Tell, stop: threading.Event) -> None:
        while not stop.wait(0.02):
            show(played.snapshot())

    app = an_app(followed(restless), subject)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "EFA402" in seen(app) and "BLOCKED" in seen(app))
        await pilot.press("q")


def test_following_gives_the_newest_and_then_the_failure() -> None:
    first, second = Snapshot.from_objects([]), Snapshot.from_objects([])

    def follow(show: Callable[[Snapshot], None], _tell: Tell, _stop: threading.Event) -> None:
        show(first)
        show(second)
        raise UnreachableError("gone")

    given = iter(followed(follow)(Tell(lambda *_: None, lambda: True)))
    assert any(snapshot is second for snapshot in given)
    with pytest.raises(UnreachableError, match="gone"):
        list(given)
    tell = Tell(lambda *_: None, lambda: False)
    assert list(followed(follow)(tell)) == []
