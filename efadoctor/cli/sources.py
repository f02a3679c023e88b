"""Gets the snapshot that a command line asks for, and says what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.gaps import say_gaps
from efadoctor.cli.talk import ProgressLine, say
from efadoctor.model.snapshot import Snapshot

if TYPE_CHECKING:
    from efadoctor.collect.request import Observer, Request


def read_snapshot(arguments: Arguments, *, whole: bool = False) -> Snapshot:
    """The bundle where one is given, else the cluster of the kube context, with its AWS half.

    Raises UnreadableInputError where there is no such bundle, UsageError where there is no
    such context or profile, UnreachableError where no credentials can be had.
    """
    if arguments.bundle is not None:
        say_unused(arguments, "the facts come from --bundle")
        snapshot = Snapshot.load(arguments.bundle)
    else:
        snapshot = _collected(arguments, whole=whole)
    say_gaps(snapshot)
    return snapshot


def read_everything(arguments: Arguments) -> Snapshot:
    """As ``read_snapshot``, with every list of the cluster whole, for others to diagnose from."""
    return read_snapshot(arguments, whole=True)


def follow_live(
    arguments: Arguments,
    on_change: Callable[[Snapshot], None],
    tell: Callable[[str, int], None],
    stop: Event,
) -> None:
    """The cluster of the kube context, now and whenever it changes, until ``stop`` is set.

    ``tell`` hears how much has arrived. See ``collect.watch``.
    """
    from efadoctor.collect.watch import watch  # offline commands need none of it

    request = _request(arguments, whole=False)
    watch(request, on_change, lambda p: tell(p.source, p.objects), stop)


def watch_live(arguments: Arguments, on_change: Callable[[Snapshot], None]) -> None:
    """As ``follow_live``, until the pod asked about is bound or gone; tells standard error."""
    from efadoctor.collect.watch import watch  # offline commands need none of it

    with ProgressLine() as line:

        def shown(snapshot: Snapshot) -> None:
            line.rest()
            on_change(snapshot)

        watch(_request(arguments, whole=False), shown, _telling(line), Event())


def namespace_of(arguments: Arguments, snapshot: Snapshot) -> str:
    """The namespace that is meant: as said, else the kube context's, else ``default``."""
    return arguments.namespace or snapshot.origin.namespace or "default"


def _collected(arguments: Arguments, *, whole: bool) -> Snapshot:
    from efadoctor.collect.live import collect  # offline commands need none of it

    with ProgressLine() as line:
        return collect(_request(arguments, whole=whole), _telling(line))


def _telling(line: ProgressLine) -> Observer:
    return lambda p: line.tell(p.source, p.objects, p.bytes, p.origin)


def _request(arguments: Arguments, *, whole: bool) -> Request:
    from efadoctor.collect.request import DEFAULT_REQUEST_TIMEOUT, Request

    timeout = arguments.request_timeout
    return Request(
        subject=arguments.subject,
        context=arguments.context,
        kubeconfig=arguments.kubeconfig,
        namespace=arguments.namespace,
        all_namespaces=arguments.all_namespaces or whole,
        as_user=arguments.as_user,
        as_groups=arguments.as_group,
        request_timeout=DEFAULT_REQUEST_TIMEOUT if timeout is None else timeout,
        region=arguments.region,
        profile=arguments.profile,
        no_aws=arguments.no_aws,
        whole=whole,
    )


_LIVE_ONLY = {
    "--context": "context",
    "--kubeconfig": "kubeconfig",
    "--as": "as_user",
    "--as-group": "as_group",
    "--request-timeout": "request_timeout",
    "--region": "region",
    "--profile": "profile",
}


def say_unused(arguments: Arguments, why: str) -> None:
    """One line for each option that is about a live cluster, where none is asked."""
    for option, name in _LIVE_ONLY.items():
        if getattr(arguments, name) != getattr(Arguments, name):
            say(f"{option} is not used: {why}")
