"""Calls operations, so many values at a time, and puts what comes into the harvest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from efadoctor.collect.aws import filters
from efadoctor.collect.aws.account import Account, NotThereError
from efadoctor.collect.aws.reads import source
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.redact import strip_launch_template, strip_tags
from efadoctor.collect.request import Progress
from efadoctor.model import aws
from efadoctor.model.decoding import Decoded


class Calls:
    """Operations by the names of their sources, without the folder: ``ec2/describe-subnets``.

    ``part`` declares that only so much of a source was asked for. ``keeps`` says which tags
    stay on what is read. Nothing raises ReadFailureError: what fails is a gap of its source.
    """

    def __init__(
        self, account: Account, harvest: Harvest, keeps: Callable[[aws.Tag], bool]
    ) -> None:
        self._account = account
        self._harvest = harvest
        self._keeps = keeps

    def filtered(self, operation: str, key: str, values: tuple[str, ...]) -> None:
        """The things whose attribute is one of the values, so many at a time."""
        in_chunks = chunks(values, filters.VALUES_AT_ONCE)
        asked = [{"Filters": [filters.of_values(key, chunk)]} for chunk in in_chunks]
        self.each(operation, f"{key} in question", asked)

    def each(
        self,
        operation: str,
        part: str | None,
        asked: Sequence[dict[str, Any]],
        needs: tuple[str, ...] = (),
    ) -> None:
        """One operation for each set of parameters; for none it is read and empty.

        ``needs`` are the operations that name them: without those nobody knows whether any.
        """
        if not asked and all(self._harvest.was_read(f"aws/{n}") for n in needs):
            self._harvest.add(f"aws/{operation}", Decoded(), part=part, more=True)
        for parameters in asked:
            self.one(operation, part=part, **parameters)

    def one(self, operation: str, /, part: str | None = None, **parameters: Any) -> None:
        """One call. What is asked for by name and is not there is read: there is none."""
        of = source(operation)
        try:
            found = self._account.call(of, **parameters)
        except NotThereError:
            found = Decoded()
        except ReadFailureError as failure:
            self._harvest.fail(of.name, failure)
            return
        for view in found.views:
            strip_tags(view, self._keeps)
            if isinstance(view, aws.LaunchTemplateVersion):
                strip_launch_template(view)
        self._harvest.add(of.name, found, part=part, more=True)
        count, region = len(found.views), self._account.region or ""
        self._harvest.saw(Progress(of.name, count, done=True, origin=region))


def chunks(values: tuple[str, ...], size: int) -> Iterator[list[str]]:
    """The values, so many at a time."""
    return (list(values[at : at + size]) for at in range(0, len(values), size))
