"""How much has been read so far, in one sentence for whoever waits."""

from __future__ import annotations


class Arrived:
    """Objects by source, as they come in."""

    def __init__(self) -> None:
        self._objects: dict[str, int] = {}

    def note(self, source: str, objects: int) -> None:
        """That there are now so many objects of a source."""
        self._objects[source] = objects

    def __str__(self) -> str:
        lists, objects = len(self._objects), sum(self._objects.values())
        return f"reading: {_counted(lists, 'list')}, {_counted(objects, 'object')}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
