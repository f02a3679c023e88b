"""What copies share is worked out from no more than it says it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from states import State, states
from watched import Watched

from efadoctor.diagnosis import diagnose
from efadoctor.model.aws import Instance, Reservation
from efadoctor.model.derivations import Aspect, Dependencies
from efadoctor.model.snapshot import Snapshot


class Strict(Watched):
    """A snapshot that fails where a shared value is made of what it does not depend on."""

    def once_of(self, on: Dependencies, build: Callable[[Snapshot], Any]) -> Any:
        outside, self.asked_for = self.asked_for, set()
        try:
            found = super().once_of(on, build)
        finally:
            inside, self.asked_for = self.asked_for, outside
        outside |= inside
        declared = on if isinstance(on, tuple) else (on,)
        read = {Reservation if t is Instance else t for t in inside}  # they stand inside them
        beyond = read - {d.type if isinstance(d, Aspect) else d for d in declared}
        assert not beyond, f"{build.__qualname__} reads {beyond} too"
        return found

    def _copy(self, *parts: Any) -> Watched:
        return Strict.of(super()._copy(*parts), self.asked_for)


@pytest.mark.parametrize("state", states(), ids=repr)
def test_what_copies_share_reads_no_more_than_it_depends_on(state: State) -> None:
    asked: set[type[Any]] = set()
    diagnose(Strict.of(state.read(), asked), state.subject)
    assert asked
