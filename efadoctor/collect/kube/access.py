"""Kubeconfig to a way in: contexts, tokens, exec plugins, certificates, proxies.

All of that is the official package's; of it only ``kubernetes.config`` and its
``Configuration`` and connection pool are used, which its releases 36 and 37 share. Its models
are never touched: they cost fifty times the transfer. Nothing is ever written back.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from efadoctor.collect.deadline import Deadline
from efadoctor.collect.request import Request
from efadoctor.model.errors import EfadoctorError, UnreachableError, UsageError
from efadoctor.model.inert import inert
from efadoctor.version import __version__

if TYPE_CHECKING:
    import urllib3

PARALLEL = 8
"""Requests at a time: below the API server's own share for one client (20 seats by default)."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What kubeconfig says of the cluster, for people and for the AWS half."""

    context: str | None = None
    cluster: str | None = None
    server: str = ""
    namespace: str = "default"


class Access:
    """A way in to one API server. ``renew`` gets credentials anew, once they are refused."""

    def __init__(self, request: Request, deadline: Deadline) -> None:
        self._request = request
        self._deadline = deadline
        self._renewals = 0
        self._lock = threading.Lock()
        self._enter()

    def _enter(self) -> None:
        entered = _within(self._deadline, lambda: _enter(self._request))
        self.target: Target = entered.target
        self._configuration = entered.configuration
        self._impersonation = entered.impersonation
        self.pool: urllib3.PoolManager = entered.pool

    def headers(self) -> list[tuple[str, str]]:
        """Who asks: a fresh token where the old one is about to end, and on whose behalf."""
        found = [("User-Agent", f"efadoctor/{__version__}")]
        with self._lock, _root_log():
            settings = self._configuration.auth_settings().values()
        found.extend((s["key"], s["value"]) for s in settings if s["in"] == "header" and s["value"])
        return found + self._impersonation

    def renew(self, seen: int) -> int:
        """Credentials anew, unless another thread has just done so; the number of renewals."""
        with self._lock:
            if self._renewals == seen:
                self._enter()
                self._renewals += 1
            return self._renewals

    @property
    def renewals(self) -> int:
        return self._renewals


class _Entered(msgspec.Struct, frozen=True):
    target: Target
    configuration: Any
    impersonation: list[tuple[str, str]]
    pool: Any


def _within(deadline: Deadline, enter: Any) -> _Entered:
    """Runs in a thread of its own: a credential plugin may wait for a browser for ever."""
    result: list[_Entered] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            result.append(enter())
        except BaseException as error:  # noqa: BLE001  (raised again below)
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="credentials")
    thread.start()
    thread.join(deadline.remaining)
    if errors:
        raise errors[0]
    if not result:
        raise UnreachableError("kubeconfig: the credential plugin did not answer in time")
    return result[0]


def _enter(request: Request) -> _Entered:
    # half a second that no offline command should pay
    import urllib3
    from kubernetes.client.configuration import Configuration
    from kubernetes.client.rest import RESTClientObject

    configuration = Configuration()
    configuration.connection_pool_maxsize = PARALLEL
    configuration.retries = False
    user: dict[str, Any] = {}
    if _inside_a_pod(request):
        target = _load_inside(configuration)
    else:
        target, user = _load_kubeconfig(request, configuration)
    if not configuration.verify_ssl:
        # who wrote insecure-skip-tls-verify knows; kubectl says nothing of it either
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        pool = RESTClientObject(configuration).pool_manager
    except (OSError, ValueError) as error:
        raise UsageError(f"kubeconfig: {_one_line(error)}") from None
    return _Entered(target, configuration, _impersonation(request, user), pool)


def _paths(request: Request) -> str:
    return request.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"


def _inside_a_pod(request: Request) -> bool:
    if request.kubeconfig or request.context or "KUBERNETES_SERVICE_HOST" not in os.environ:
        return False
    return not any(Path(p).expanduser().exists() for p in _paths(request).split(os.pathsep) if p)


def _load_inside(configuration: Any) -> Target:
    from kubernetes.config import ConfigException, load_incluster_config

    try:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise UsageError(f"in-cluster configuration: {_one_line(error)}") from None
    own = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    namespace = own.read_text("utf-8").strip() if own.exists() else "default"
    return Target(server=configuration.host, namespace=namespace)


def _load_kubeconfig(request: Request, configuration: Any) -> tuple[Target, dict[str, Any]]:
    paths = _paths(request)
    shown = inert(paths)
    missing = not any(Path(p).expanduser().exists() for p in paths.split(os.pathsep) if p)
    if missing:
        raise UsageError(
            f"no kubeconfig at {shown}; `aws eks update-kubeconfig --name CLUSTER` writes one"
        )
    try:
        return _loaded(request, configuration, paths)
    except EfadoctorError:
        raise
    except Exception as error:  # noqa: BLE001  (the package raises whatever a broken file provokes)
        raise UsageError(f"kubeconfig {shown}: {_one_line(error)}") from None


def _loaded(request: Request, configuration: Any, paths: str) -> tuple[Target, dict[str, Any]]:
    from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

    # the package has no types
    merger: Any = KubeConfigMerger
    merged = merger(paths).config
    _check_context(request, merged)
    of_config: Any = KubeConfigLoader
    loader = of_config(merged, active_context=request.context, config_base_path=None)
    with _root_log() as said:
        loader.load_and_set(configuration)
    context = loader.current_context
    about = context.get("context") or {}
    user = _named(merged, "users", about.get("user")).get("user") or {}
    cluster = _named(merged, "clusters", about.get("cluster")).get("cluster") or {}
    if "exec" in user and not (configuration.api_key or configuration.cert_file):
        reason = said[-1] if said else "it gave no credential"
        raise UnreachableError(f"kubeconfig: the credential plugin failed: {inert(reason)[:300]}")
    if "proxy-url" in cluster:  # release 36 does not read it
        configuration.proxy = cluster["proxy-url"]
    target = Target(
        context=context.get("name"),
        cluster=_cluster_name(context.get("name"), about.get("cluster"), user),
        server=configuration.host,
        namespace=about.get("namespace") or "default",
    )
    return target, user


def _check_context(request: Request, merged: Any) -> None:
    names = [c["name"] for c in merged.value.get("contexts") or ()]
    wanted = request.context or merged.value.get("current-context")
    if not wanted:
        raise UsageError("kubeconfig has no current context; name one with --context")
    if wanted not in names:
        known = ", ".join(sorted(inert(str(n)) for n in names)[:10]) or "none"
        raise UsageError(f"kubeconfig has no context {inert(str(wanted))!r}; it has: {known}")


def _named(merged: Any, section: str, name: Any) -> Any:
    for entry in merged.value.get(section) or ():
        if entry["name"] == name:
            return getattr(entry, "value", entry)
    return {}


_EKS_ARN = re.compile(r"arn:[\w-]+:eks:[\w-]+:\d+:cluster/(?P<name>.+)")
_EKSCTL = re.compile(r".*@(?P<name>[^.@]+)\.[\w-]+\.eksctl\.io")


def _cluster_name(context: Any, cluster: Any, user: Any) -> str | None:
    """The EKS cluster's name: as the token is asked for, else as its ARN or eksctl has it."""
    command = user.get("exec") or {}
    arguments = [str(a) for a in command.get("args") or ()]
    for flag in ("--cluster-name", "--cluster-id", "-i"):
        if flag in arguments[:-1]:
            return arguments[arguments.index(flag) + 1]
    for text in (cluster, context):
        match = _EKS_ARN.match(str(text or "")) or _EKSCTL.match(f"@{text}")
        if match:
            return str(match["name"])
    return str(cluster) if cluster else None


def _impersonation(request: Request, user: dict[str, Any]) -> list[tuple[str, str]]:
    """``--as`` wins over the kubeconfig's own ``as``, which the package does not read."""
    name: Any
    if request.as_user:
        name, groups = request.as_user, request.as_groups
    else:
        name, groups = user.get("as"), tuple(user.get("as-groups") or ())
    if not name:
        return []
    return [("Impersonate-User", str(name)), *(("Impersonate-Group", str(g)) for g in groups)]


@contextmanager
def _root_log() -> Iterator[list[str]]:
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


def _one_line(error: BaseException) -> str:
    return inert(" ".join(str(error).split()) or type(error).__name__)[:300]
