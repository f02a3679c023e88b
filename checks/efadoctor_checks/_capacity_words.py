"""What EC2 has none of, for the sentences of EFA208."""

from __future__ import annotations

from efadoctor.authoring import Case, Path
from efadoctor_checks._offerings import of_blocks_only
from efadoctor_checks._paths import named, some


def lacking(case: Case, path: Path, reason: str) -> str:
    """What is not to be had on a way in; ``reason`` is that of a launch that failed, if one did."""
    if reason:
        types = some(_types(path), 3)
        return f"EC2 has no capacity for {types} where {named(path)} launches ({reason})"
    if only := some(of_blocks_only(case, path), 3):
        return f"EC2 offers {only} in reserved blocks of capacity only, and {named(path)} uses none"
    return f"{named(path)} allows reserved capacity only, and none is to be had"


def _types(path: Path) -> tuple[str, ...]:
    if path.judgement is not None and path.judgement.closest:
        return tuple(t.name for t in path.judgement.closest)
    named_types = path.group.instance_types if path.group is not None else ()
    label = path.node.metadata.labels.get("node.kubernetes.io/instance-type", "")
    return named_types or ((label,) if label else ("its types",))
