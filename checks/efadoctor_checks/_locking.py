"""Whether a container may lock as much memory as it likes: what a process of it is allowed.

CAP_IPC_LOCK lifts RLIMIT_MEMLOCK (capabilities(7)). A capability that is added for a user
other than root is in no process's effective set, and one in a user namespace of the pod's
own counts for nothing outside it.
https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/
"""

from __future__ import annotations

from typing import Any

import msgspec

from efadoctor.model.kubernetes import Pod, SecurityContext
from efadoctor_checks._efa_demand import EfaContainer

_LOCKING = frozenset({"IPC_LOCK", "CAP_IPC_LOCK", "ALL"})


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a container from locking memory, and the field that says so."""

    why: str
    field: str
    value: Any = None
    expected: Any = None
    lacks_capability: bool = False


def hindrance(pod: Pod, asking: EfaContainer) -> Hindrance | None:
    """What keeps a container from locking memory; None where nothing does."""
    own = asking.container.security_context
    if own is not None and own.privileged and pod.spec.host_users is not False:
        return None
    if not (own is not None and own.privileged) and not _is_added(own):
        return _lacking(asking, own)
    if pod.spec.host_users is False:
        return Hindrance(
            why="IPC_LOCK counts for nothing in the pod's own user namespace",
            field="spec.hostUsers",
            value=False,
            expected=True,
        )
    return _other_user(pod, asking, own)


def _is_added(context: SecurityContext | None) -> bool:
    capabilities = context.capabilities if context is not None else None
    return capabilities is not None and any(c.upper() in _LOCKING for c in capabilities.add)


def _lacking(asking: EfaContainer, own: SecurityContext | None) -> Hindrance:
    steps: tuple[str, ...] = ("securityContext",)
    value: Any = None
    expected: Any = {"capabilities": {"add": ["IPC_LOCK"]}}
    if own is not None:
        steps, expected = ("securityContext", "capabilities"), {"add": ["IPC_LOCK"]}
    if own is not None and own.capabilities is not None:
        steps, expected = (*steps, "add"), [*own.capabilities.add, "IPC_LOCK"]
        value = list(own.capabilities.add) or None
    return Hindrance(
        why="it lacks the capability IPC_LOCK",
        field=asking.field(*steps),
        value=value,
        expected=expected,
        lacks_capability=True,
    )


def _other_user(pod: Pod, asking: EfaContainer, own: SecurityContext | None) -> Hindrance | None:
    """A user other than root: the container's word counts before the pod's."""
    contexts = (
        (asking.field("securityContext"), own),
        ("spec.securityContext", pod.spec.security_context),
    )
    for at, context in contexts:
        if context is not None and context.run_as_user is not None:
            if context.run_as_user == 0:
                return None
            return _not_root(f"{at}.runAsUser", context.run_as_user, 0)
    for at, context in contexts:
        if context is not None and context.run_as_non_root is not None:
            if context.run_as_non_root:
                return _not_root(f"{at}.runAsNonRoot", value=True, expected=False)
            return None
    return None


def _not_root(field: str, value: Any, expected: Any) -> Hindrance:
    why = "it does not run as root, for whom alone an added IPC_LOCK is in effect"
    return Hindrance(why=why, field=field, value=value, expected=expected)
