"""The base classes of every typed view of an API object.

A view keeps the fields that efadoctor reads, and a few that a person looks for in a capture
or on the YAML screen, and drops the rest while decoding, which is what makes decoding a large
cluster cheap. Views are frozen; a changed object is a new object (see ``Snapshot.replacing``).
"""

from typing import Any, dataclass_transform

import msgspec

Quantity = str | int | float
"""A Kubernetes quantity as written; ``scheduling.quantity`` gives it a value."""

Json = Any
"""A part of an object whose shape only its own controller knows."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """A part of a Kubernetes or Karpenter object (camelCase on the wire)."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class AwsView(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True, gc=False
):
    """A part of an EC2, IAM or Auto Scaling response (PascalCase on the wire)."""


def no_labels() -> dict[str, str]:
    """An empty mapping of strings, for default factories."""
    return {}


def no_quantities() -> dict[str, Quantity]:
    """An empty mapping of quantities, for default factories."""
    return {}
