"""User data that says how much memory may be locked, and by whom."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from efadoctor.authoring import Case, EvidenceSource, Path, reference
from efadoctor.model.aws import LaunchTemplateVersion, NodeGroup
from efadoctor.model.karpenter import EC2NodeClass
from efadoctor.model.reference import ObjectRef
from efadoctor.scheduling.nodegroups import launch_template
from efadoctor_checks import _fabric

FACTS: tuple[type[Any], ...] = (EC2NodeClass, LaunchTemplateVersion, NodeGroup)

_OF_CONTAINERS = re.compile(r"LimitMEMLOCK|max-locked-memory|RLIMIT_MEMLOCK", re.IGNORECASE)
_OF_LOGINS = re.compile(r"/etc/security/limits|\bulimit\s+-[A-Za-z]*[ls]")

_MOST = 1024 * 1024  # EC2 takes 16 KiB; whoever writes more is not trusted with more


class UserData(msgspec.Struct, frozen=True, kw_only=True):
    """The user data of what launches nodes; its lines without the comments."""

    object: ObjectRef
    field: str
    lines: tuple[str, ...]

    @property
    def source(self) -> EvidenceSource:
        of_cluster = self.object.kind == "EC2NodeClass"
        return EvidenceSource.CLUSTER if of_cluster else EvidenceSource.AWS

    @property
    def limits_containers(self) -> bool:
        """Whether it sets the memory that containers may lock.

        Containers get their limits from containerd's unit or base runtime spec, on
        Bottlerocket from its OCI defaults.
        """
        return any(_OF_CONTAINERS.search(line) for line in self.lines)

    @property
    def of_logins(self) -> tuple[str, ...]:
        """The lines that set limits of logins or of the script itself."""
        return tuple(line for line in self.lines if _OF_LOGINS.search(line))


def user_data(case: Case) -> tuple[UserData, ...]:
    """The user data of what launches the nodes of the serving ways in, each once."""
    found = (d for path in _fabric.serving(case) for d in _of_path(case, path))
    return tuple({d.object: d for d in found}.values())


def _of_path(case: Case, path: Path) -> Iterator[UserData]:
    nodeclass = _fabric.nodeclass_of(case, path)
    if nodeclass is not None:
        yield _read(reference(nodeclass), "spec.userData", nodeclass.spec.user_data)
    group = _fabric.group_of(case, path)
    template = launch_template(case.snapshot, group) if group is not None else None
    if template is not None:
        text = _decoded(template.launch_template_data.user_data)
        yield _read(reference(template), "LaunchTemplateData.UserData", text)


def _read(ref: ObjectRef, field: str, text: str) -> UserData:
    lines = (line.strip() for line in text[:_MOST].splitlines())
    said = tuple(line for line in lines if line and not line.startswith("#"))
    return UserData(object=ref, field=field, lines=said)


def _decoded(text: str) -> str:
    """A launch template's user data is base64."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text
