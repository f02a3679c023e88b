"""Values as YAML for people: in the order they have, and whole where one occurs twice."""

from __future__ import annotations

from functools import cache
from typing import Any


def as_yaml(value: Any, *, width: int, allow_unicode: bool = True) -> str:
    """One document of plain values, in lines of about ``width`` columns."""
    import yaml  # only where YAML is written

    return str(
        yaml.dump(
            value, Dumper=_dumper(), sort_keys=False, width=width, allow_unicode=allow_unicode
        )
    )


@cache
def _dumper() -> Any:
    import yaml

    # ten times as fast where PyYAML has it, as its wheels do
    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]
        """Repeats what occurs twice: nobody wants anchors in a manifest."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  (its signature)
            return True

    return Dumper
