"""What a command line says, and the options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from efadoctor.cli.durations import seconds
from efadoctor.report.choices import FailOn, Format

_DIGITS = 6

FORMATS = "|".join(f.value for f in Format)


class Arguments(argparse.Namespace):
    """Everything a command line can say; what it does not say has the value given here."""

    # what the command is about
    subject: str | None = None
    name: str | None = None
    code: str | None = None
    gpu: bool = False
    list: bool = False
    plan: bool = False
    permissions: str | None = None
    file: str | None = None
    baseline: str | None = None
    plain_ids: bool = False
    paths: tuple[str, ...] = ()
    live: bool = False
    write: bool = False
    # verify
    files: tuple[str, ...] = ()
    pod: str | None = None
    asked: int | None = None
    instance_type: str | None = None
    image: str | None = None
    workers: int | None = None
    # where the facts come from
    bundle: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    as_user: str | None = None
    as_group: tuple[str, ...] = ()
    request_timeout: float | None = None
    region: str | None = None
    profile: str | None = None
    no_aws: bool = False
    # which pods
    namespace: str | None = None
    all_namespaces: bool = False
    watch: bool = False
    # how the answer is given
    output: tuple[str, ...] = ()
    no_color: bool = False
    exit_zero: bool = False
    fail_on: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    ignore_file: str | None = None


Run = Callable[[Arguments], int]
"""Runs a command and returns its exit status."""


class Gather(argparse.Action):
    """``append`` that leaves the default alone."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        _option: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, (*getattr(namespace, self.dest), values))


def count(text: str) -> int:
    """A number of things: 1 or more."""
    if not text.isascii() or not text.isdigit() or not int(text[:9]) > 0 or len(text) > _DIGITS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of things (1, 2, …)")
    return int(text)


class Several(argparse.Action):
    """Any number of arguments, as a tuple."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        _option: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, tuple(values) if isinstance(values, list) else (values,))


def add_bundle(parser: argparse._ActionsContainer) -> None:
    """``--bundle``: facts from a file."""
    parser.add_argument("--bundle", metavar="PATH", help="a bundle: a folder or a .tar.gz of it")


def add_source(parser: argparse.ArgumentParser) -> None:
    """Where the facts come from."""
    group = parser.add_argument_group("where the facts come from (else: the current context)")
    add_bundle(group)
    add_cluster(group)


def add_cluster(group: argparse._ActionsContainer) -> None:
    """Which cluster and account are asked, and as whom."""
    group.add_argument("--context", metavar="NAME", help="the kube context, as for kubectl")
    group.add_argument("--kubeconfig", metavar="FILE", help="the kubeconfig, as for kubectl")
    group.add_argument("--as", dest="as_user", metavar="USER", help="impersonate, as for kubectl")
    group.add_argument("--as-group", action=Gather, metavar="GROUP", help="may be repeated")
    group.add_argument(
        "--request-timeout", type=seconds, metavar="30s", help="as for kubectl; 0 waits for ever"
    )
    group.add_argument("--region", metavar="NAME", help="the AWS region, as for the AWS CLI")
    group.add_argument("--profile", metavar="NAME", help="the AWS profile, as for the AWS CLI")
    group.add_argument("--no-aws", action="store_true", help="ask the cluster only")


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Which namespace is meant."""
    group = parser.add_argument_group("which pods")
    group.add_argument("-n", "--namespace", metavar="NAME", help="the namespace")
    group.add_argument(
        "-A", "--all-namespaces", action="store_true", help="what is pending in the whole cluster"
    )


def add_answer(parser: argparse.ArgumentParser) -> None:
    """How the answer is given."""
    group = parser.add_argument_group("how the answer is given")
    group.add_argument(
        "-o",
        "--output",
        action=Gather,
        metavar="FORMAT[=FILE]",
        help=f"{FORMATS}; may be repeated, all but one with a file",
    )
    group.add_argument(
        "--ignore",
        action=Gather,
        metavar="CODE[=Kind/name]",
        help="set a finding aside; it stays listed as suppressed",
    )
    group.add_argument(
        "--ignore-file", metavar="FILE", help="what to set aside until when (.efadoctor.yaml)"
    )
    group.add_argument(
        "--fail-on",
        action=Gather,
        metavar="|".join(f.value for f in FailOn),
        help="also fail on warnings (1), or on checks that could not tell (3)",
    )
    group.add_argument("--exit-zero", action="store_true", help="exit 0 whatever the verdict")
    add_colour(parser)


def add_colour(parser: argparse.ArgumentParser) -> None:
    """``--no-color``, which holds everywhere."""
    parser.add_argument("--no-color", action="store_true", help="plain text (so does NO_COLOR)")
