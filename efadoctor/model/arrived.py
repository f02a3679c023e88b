"""How much has been read so far, in one sentence for whoever waits."""

from __future__ import annotations


class Arrived:
    """Objects and bytes by source, as they come in, and where the latest came from."""

    def __init__(self) -> None:
        self._objects: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._latest = ""

    def note(self, source: str, objects: int, size: int = 0, origin: str = "") -> None:
        """That there are now so many objects of a source, of so many bytes."""
        self._objects[source] = objects
        self._bytes[source] = size
        self._latest = f" {source} from {origin}" if origin else ""

    def __str__(self) -> str:
        if not self._objects:
            return "reading: nothing has arrived yet"
        lists, objects = len(self._objects), sum(self._objects.values())
        counts = [_counted(lists, "list"), _counted(objects, "object")]
        size = sum(self._bytes.values()) / 1e6
        if size:
            counts.append(f"{size:,.1f} MB")
        return f"reading{self._latest}: {', '.join(counts)}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
