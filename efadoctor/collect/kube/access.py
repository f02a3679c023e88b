"""Kubeconfig to a way in: contexts, tokens, exec plugins, certificates, proxies.

All of that is the official package's; of it only ``kubernetes.config`` and its
``Configuration`` and connection pool are used, which its releases 36 and 37 share. Its models
are never touched: they cost fifty times the transfer. Nothing is ever written back.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from efadoctor.collect.deadline import Deadline
from efadoctor.collect.kube import kubeconfig
from efadoctor.collect.kube.kubeconfig import Target, User, one_line
from efadoctor.collect.request import Request
from efadoctor.model.errors import EfadoctorError, UnreachableError, UsageError
from efadoctor.version import __version__

if TYPE_CHECKING:
    import urllib3
    from kubernetes.client.configuration import Configuration

PARALLEL = 8
"""Requests at a time: below the API server's own share for one client (20 seats by default)."""

_URL = re.compile(r"https?://[^/]")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""What may stand in a header (https://www.rfc-editor.org/rfc/rfc9110#section-5.5)."""


class Access:
    """A way in to one API server. ``renew`` gets credentials anew, once they are refused."""

    def __init__(self, request: Request, deadline: Deadline) -> None:
        self._request = request
        self._deadline = deadline
        self._renewals = 0
        self._failure: EfadoctorError | None = None
        self._lock = threading.Lock()
        self._enter()

    def _enter(self) -> None:
        entered = _within(self._deadline, lambda: _enter(self._request))
        self.target: Target = entered.target
        self._configuration = entered.configuration
        self._impersonation = entered.impersonation
        self.pool: urllib3.PoolManager = entered.pool

    def headers(self) -> list[tuple[str, str]]:
        """Who asks: a fresh token where the old one is about to end, and on whose behalf.

        Raises UsageError where no header can carry it.
        """
        found = [("User-Agent", f"efadoctor/{__version__}")]
        with self._lock, kubeconfig.root_log():
            settings: dict[str, Any] = dict(self._configuration.auth_settings())
        sent = (s for s in settings.values() if s["in"] == "header" and s["value"])
        found.extend((s["key"], s["value"]) for s in sent)
        found += self._impersonation
        for name, value in found:
            if not _HEADER_VALUE.fullmatch(value):
                raise UsageError(f"kubeconfig: what {name} is to say is not fit for a header")
        return found

    def renew(self, seen: int) -> int:
        """Credentials anew, unless another thread has just done so; the number of renewals.

        Raises UsageError and UnreachableError; where it failed once it is not tried again.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._renewals == seen:
                try:
                    self._enter()
                except EfadoctorError as error:
                    self._failure = error
                    raise
                self._renewals += 1
            return self._renewals

    @property
    def renewals(self) -> int:
        return self._renewals


class _Entered(msgspec.Struct, frozen=True):
    target: Target
    configuration: Configuration
    impersonation: list[tuple[str, str]]
    pool: urllib3.PoolManager


def _within(deadline: Deadline, enter: Callable[[], _Entered]) -> _Entered:
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
        raise UnreachableError("kubeconfig: no credentials; what gives them did not answer in time")
    return result[0]


def _enter(request: Request) -> _Entered:
    # half a second that no offline command should pay
    import urllib3
    from kubernetes.client.configuration import Configuration
    from kubernetes.client.rest import RESTClientObject

    configuration = Configuration()
    configuration.connection_pool_maxsize = PARALLEL
    configuration.retries = False
    user = User()
    if _inside_a_pod(request):
        target = _load_inside(configuration)
    else:
        target, user = kubeconfig.load(request, configuration)
    if not _URL.match(target.server):
        raise UsageError(f"kubeconfig: {target.server!r} is no URL of an API server")
    if not configuration.verify_ssl:
        # who wrote insecure-skip-tls-verify knows; kubectl says nothing of it either
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        pool = RESTClientObject(configuration).pool_manager
    except (OSError, ValueError) as error:
        raise UsageError(f"kubeconfig: {one_line(error)}") from None
    return _Entered(target, configuration, kubeconfig.impersonation(request, user), pool)


def _inside_a_pod(request: Request) -> bool:
    if request.kubeconfig or request.context or "KUBERNETES_SERVICE_HOST" not in environ:
        return False
    return not kubeconfig.is_there(kubeconfig.paths_of(request))


def _load_inside(configuration: Configuration) -> Target:
    from kubernetes.config import ConfigException, load_incluster_config

    try:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise UsageError(f"in-cluster configuration: {one_line(error)}") from None
    own = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    namespace = own.read_text("utf-8").strip() if own.exists() else "default"
    return Target(server=configuration.host, namespace=namespace)
