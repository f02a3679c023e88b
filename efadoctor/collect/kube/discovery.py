"""Which kinds an API server serves, and in which versions.

One request (``/apis``) names the groups and their versions; whether a group has the kind
is seen when it is asked for: a 404 on a list means that it does not
(https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api).
"""

from __future__ import annotations

import msgspec

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.kube.connection import Connection
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.facts import KubernetesSource
from efadoctor.model.kubernetes import Workload


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    version: str = ""


class _Group(msgspec.Struct, frozen=True, rename="camel"):
    name: str = ""
    versions: tuple[_Version, ...] = ()
    preferred_version: _Version = _Version()


class _GroupList(msgspec.Struct, frozen=True, rename="camel"):
    groups: tuple[_Group, ...] = ()


_GROUPS = msgspec.json.Decoder(_GroupList)

BUILT_IN = frozenset({"", "apps", "batch", "scheduling.k8s.io", "storage.k8s.io"})
"""Groups whose kinds every API server of today serves: without them it is none, or is not whole."""


class Served(msgspec.Struct, frozen=True):
    """Versions by group, the preferred one first; None where nobody could say."""

    groups: dict[str, tuple[str, ...]] | None = None

    def version(self, source: KubernetesSource) -> str | None:
        """The version to read a kind in, None where its group is not served.

        Raises ReadFailureError where only versions are served whose form we do not know.
        Workloads are kept as written, so any version of theirs will do.
        """
        if not source.group or self.groups is None:
            return source.version
        versions = self.groups.get(source.group)
        if versions is None:
            return None
        if source.version in versions:
            return source.version
        if source.type is Workload:
            return versions[0]
        shown = ", ".join(versions)
        raise ReadFailureError(
            f"{source.group} is served as {shown} only; {source.plural} are read as"
            f" {source.version}",
            CoverageStatus.ABSENT,
        )

    @property
    def known(self) -> bool:
        return self.groups is not None


def discover(connection: Connection) -> Served:
    """The groups that are served. Raises ReadFailureError, also where built-in ones lack."""
    answer = connection.get("/apis")
    try:
        found = _GROUPS.decode(answer.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ReadFailureError(f"the list of API groups is damaged: {error}") from None
    served = {g.name: _versions(g) for g in found.groups if g.versions}
    if lacking := sorted(BUILT_IN - {"", *served}):
        raise ReadFailureError(f"the list of API groups lacks {', '.join(lacking)}")
    return Served(served)


def _versions(group: _Group) -> tuple[str, ...]:
    names = [v.version for v in group.versions]
    preferred = group.preferred_version.version
    return tuple(sorted(names, key=lambda n: n != preferred))
