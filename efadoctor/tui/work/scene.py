"""What the panes of a diagnosis show: the judgements, and what has happened."""

from __future__ import annotations

import msgspec

from efadoctor.tui.work.happenings import Happening
from efadoctor.tui.work.judgement import Judged


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """``first`` is about the cluster as it was read, ``judged`` about the copy that is shown.

    They are the same where no fix is switched on.
    """

    first: Judged
    judged: Judged
    timeline: tuple[Happening, ...] = ()
