"""How near two words are: for misspelt keys, values and names."""

from __future__ import annotations

from collections.abc import Iterable


def edits_between(one: str, other: str, most: int = 3) -> int:
    """The number of single-character edits (swapped neighbours count as one) between two words.

    Stops counting at ``most`` and then gives ``most + 1``.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before_last = row, before
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before = last
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(word: str, known: Iterable[str], most: int = 3) -> str | None:
    """The known word nearest to this one, case and ``-_.`` aside; None where none is near."""
    plain = _plain(word)
    best = min(
        ((edits_between(plain, _plain(k), most), k) for k in sorted(set(known))),
        default=(most + 1, ""),
    )
    allowed = min(most, max(1, len(plain) // 3))
    return best[1] if best[0] <= allowed else None


def _plain(word: str) -> str:
    return word.lower().translate({ord(c): "-" for c in "_. "})
