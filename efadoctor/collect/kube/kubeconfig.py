"""What a kubeconfig says, as far as the official package does not do with it what kubectl does.

The package reads the files, merges them and gets the credentials; it has no types, so what is
looked at here is put into some.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from efadoctor.collect.request import Request
from efadoctor.model.errors import EfadoctorError, UnreachableError, UsageError
from efadoctor.model.inert import inert

if TYPE_CHECKING:
    from kubernetes.client.configuration import Configuration


T = TypeVar("T")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What kubeconfig says of the cluster, for people and for the AWS half."""

    context: str | None = None
    cluster: str | None = None
    server: str = ""
    namespace: str = "default"

    @property
    def host(self) -> str:
        """Where the server is, without what its URL may say of a user."""
        return urlsplit(self.server).netloc.rpartition("@")[2]


class _Exec(msgspec.Struct, frozen=True):
    args: tuple[Any, ...] | None = None


class User(msgspec.Struct, frozen=True, rename="kebab"):
    """Of a user what says on whose behalf; credentials are the package's."""

    exec: _Exec | None = None
    as_: str | None = msgspec.field(default=None, name="as")
    as_uid: str | None = None
    as_groups: tuple[str, ...] | None = None
    as_user_extra: dict[str, tuple[str, ...]] | None = None


class _Cluster(msgspec.Struct, frozen=True, rename="kebab"):
    proxy_url: str | None = None


class _Context(msgspec.Struct, frozen=True, rename="kebab"):
    cluster: str | None = None
    user: str | None = None
    namespace: str | None = None


def paths_of(request: Request) -> str:
    """Where the kubeconfig is: one path, or several as in ``KUBECONFIG``."""
    return request.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"


def is_there(paths: str) -> bool:
    """Whether at least one of the paths exists."""
    return any(Path(p).expanduser().exists() for p in paths.split(os.pathsep) if p)


def load(request: Request, configuration: Configuration) -> tuple[Target, User]:
    """Fills the configuration. Raises UsageError, and UnreachableError without credentials."""
    paths = paths_of(request)
    shown = inert(paths)
    if not is_there(paths):
        raise UsageError(
            f"no kubeconfig at {shown}; `aws eks update-kubeconfig --name CLUSTER` writes one"
        )
    try:
        return _loaded(request, configuration, paths)
    except EfadoctorError:
        raise
    except Exception as error:  # noqa: BLE001  (the package raises whatever a broken file provokes)
        raise UsageError(f"kubeconfig {shown}: {one_line(error)}") from None


def _loaded(request: Request, configuration: Configuration, paths: str) -> tuple[Target, User]:
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    # the package has no types
    merger: Any = KubeConfigMerger
    merged = merger(paths).config
    name = _context_name(request, merged)
    of_config: Any = KubeConfigLoader
    loader = of_config(merged, active_context=request.context, config_base_path=None)
    with root_log() as said:
        loader.load_and_set(configuration)
    context = _named(merged, "contexts", name, _Context)
    user = _named(merged, "users", context.user, User)
    cluster = _named(merged, "clusters", context.cluster, _Cluster)
    if user.exec is not None and not (configuration.api_key or configuration.cert_file):
        reason = said[-1] if said else "it gave no credential"
        raise UnreachableError(f"kubeconfig: the credential plugin failed: {inert(reason)[:300]}")
    if cluster.proxy_url:  # release 36 does not read it
        configuration.proxy = cluster.proxy_url
    target = Target(
        context=name,
        cluster=_cluster_name(name, context.cluster, user),
        server=configuration.host,
        namespace=context.namespace or "default",
    )
    return target, user


def _context_name(request: Request, merged: Any) -> str:
    names = [str(c["name"]) for c in merged.value.get("contexts") or ()]
    wanted = request.context or merged.value.get("current-context")
    if not wanted:
        raise UsageError("kubeconfig has no current context; name one with --context")
    if str(wanted) not in names:
        known = ", ".join(sorted(inert(n) for n in names)[:10]) or "none"
        raise UsageError(f"kubeconfig has no context {inert(str(wanted))!r}; it has: {known}")
    return str(wanted)


def _named(merged: Any, section: str, name: str | None, type_: type[T]) -> T:
    """What an entry says under the name of its section in the singular."""
    said: Any = None
    for entry in merged.value.get(section) or ():
        if entry["name"] == name:
            said = getattr(entry, "value", entry).get(section.removesuffix("s"))
    return msgspec.convert(said or {}, type_)


_EKS_ARN = re.compile(r"arn:[\w-]+:eks:[\w-]+:\d+:cluster/(?P<name>.+)")
_EKSCTL = re.compile(r".*@(?P<name>[^.@]+)\.[\w-]+\.eksctl\.io")


def _cluster_name(context: str, cluster: str | None, user: User) -> str | None:
    """The EKS cluster's name: as the token is asked for, else as its ARN or eksctl has it."""
    arguments = [str(a) for a in (user.exec.args if user.exec is not None else None) or ()]
    for flag in ("--cluster-name", "--cluster-id", "-i"):
        if flag in arguments[:-1]:
            return arguments[arguments.index(flag) + 1]
    for text in (cluster or "", context):
        match = _EKS_ARN.match(text) or _EKSCTL.match(f"@{text}")
        if match:
            return match["name"]
    return cluster or None


def impersonation(request: Request, user: User) -> list[tuple[str, str]]:
    """``--as`` wins over the kubeconfig's own ``as``, which the package does not read
    (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
    """
    if request.as_user:
        user = User(as_=request.as_user, as_groups=request.as_groups)
    if not user.as_:
        return []
    found = [("Impersonate-User", user.as_)]
    if user.as_uid:
        found.append(("Impersonate-Uid", user.as_uid))
    found += (("Impersonate-Group", group) for group in user.as_groups or ())
    for key, values in (user.as_user_extra or {}).items():
        found += ((f"Impersonate-Extra-{quote(key, safe='')}", value) for value in values)
    return found


@contextmanager
def root_log() -> Iterator[list[str]]:
    """What the package logs instead of raising; it would print it to standard error."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    root, keep = logging.getLogger(), Keep()
    root.addHandler(keep)
    try:
        yield said
    finally:
        root.removeHandler(keep)


def one_line(error: BaseException) -> str:
    """What an error says, fit for a message."""
    return inert(" ".join(str(error).split()) or type(error).__name__)[:300]
