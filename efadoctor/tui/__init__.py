"""The interactive face: one snapshot, or a cluster that is read while one looks.

Where things are: ``app`` holds the snapshot and the screens; ``screens/`` are what fills the
terminal, ``widgets/`` what a screen is made of, one a file; ``drawing/`` turns facts into
lines and knows nothing of widgets; ``work/`` is what runs behind: it judges and posts what
it found as ``messages``. ``efadoctor.tcss`` is the one stylesheet, ``themes`` the colours.

Nothing here decides anything about EFA: it shows reports, and asks ``diagnosis`` and ``fix``
for others. Untrusted text is never parsed as markup: it travels as ``Content``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from efadoctor.model.snapshot import Snapshot
    from efadoctor.tui.reading import Read


_SWITCH = 0.001
"""Seconds for which the work behind may keep a key waiting; Python's own 5 ms add up."""


def open_snapshot(
    snapshot: Snapshot,
    subject: str | None,
    title: str,
    namespace: str | None = None,
    *,
    no_color: bool = False,
) -> None:
    """Show a snapshot until the user quits.

    ``subject`` (as ``find_subject`` takes it) opens at once; without one, the list of what
    is pending opens. ``title`` says what is shown: ``demo walkthrough``, a file's name.
    ``no_color`` means what NO_COLOR means.
    """
    open_live(lambda _tell: iter((snapshot,)), subject, title, namespace, no_color=no_color)


def open_live(
    read: Read,
    subject: str | None,
    title: str,
    namespace: str | None = None,
    *,
    no_color: bool = False,
) -> None:
    """Show what ``read`` gives, and what it gives later, until the user quits.

    ``read`` runs in a thread of its own, first when the first screen has been painted, and
    again when the user asks for it; each snapshot that it yields takes the place of the one
    before (``reading.followed`` makes one of a function that follows a cluster). It is given a
    function to call with a source and how many objects of it there are.
    ``namespace`` limits the list of what is pending; without one it is the whole cluster.
    An EfadoctorError that it raises is shown, and nothing is lost.
    """
    from efadoctor.tui.app import EfadoctorApp

    app = EfadoctorApp(read, subject, title, namespace, no_color=no_color)
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        app.run()
    finally:
        sys.setswitchinterval(before)
    if app.defect is not None:
        raise app.defect
