"""The table of commands. A command's module is imported when it runs, not to list it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from efadoctor.cli.arguments import (
    Run,
    Several,
    add_answer,
    add_bundle,
    add_cluster,
    add_colour,
    add_scope,
    add_source,
    count,
)

AddArguments = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class Command:
    """One command: its words for ``--help``, its arguments, where it is, lines that show it."""

    name: str
    help: str
    add_arguments: AddArguments
    module: str
    examples: tuple[str, ...] = ()

    def runner(self) -> Run:
        """The function that runs it."""
        return cast("Run", import_module(f"efadoctor.cli.{self.module}").run)


def _bare(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    add_scope(parser)
    add_answer(parser)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="which incident (walkthrough)")
    parser.add_argument("--list", action="store_true", help="name the incidents")
    add_colour(parser)


def _subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "subject",
        nargs="?",
        metavar="POD|KIND/NAME",
        help="a pod or its owner (also NAMESPACE/…); left out: every pod that is pending",
    )


def _diagnose(parser: argparse.ArgumentParser) -> None:
    _subject(parser)
    parser.add_argument(
        "--watch", action="store_true", help="again whenever the answer changes, until bound"
    )
    _bare(parser)


def _fix(parser: argparse.ArgumentParser) -> None:
    _subject(parser)
    parser.add_argument("--plan", action="store_true", help="print the plan; nothing is ever run")
    add_source(parser)
    add_scope(parser)
    add_colour(parser)


def _checks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="a check's code or name")
    add_colour(parser)


def _instance_types(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gpu", action="store_true", help="only types with NVIDIA GPUs")
    add_bundle(parser)
    add_colour(parser)


def _capture(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", dest="file", metavar="FILE.tar.gz", help="the bundle to write")
    parser.add_argument("--baseline", metavar="FILE", help="the small profile for preflight")
    parser.add_argument("--plain-ids", action="store_true", help="keep AWS ids and addresses")
    add_source(parser)
    add_colour(parser)


def _preflight(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", action=Several, metavar="PATH", help="a file, a folder, - for stdin"
    )
    parser.add_argument(
        "--write", action="store_true", help="apply the safe diffs, then judge what came of it"
    )
    parser.add_argument(
        "-n", "--namespace", metavar="NAME", help="for what names no namespace of its own"
    )
    base = parser.add_argument_group("what they are judged on top of (else: nothing but them)")
    base.add_argument("--live", action="store_true", help="the cluster of the current context")
    add_bundle(base)
    base.add_argument("--baseline", metavar="FILE", help="a profile from capture --baseline")
    add_cluster(parser.add_argument_group("which cluster --live asks"))
    add_answer(parser)


def _permissions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("permissions", nargs="?", metavar="rbac|iam", help="left out: both")
    add_colour(parser)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="output of fi_info or NCCL (- is standard input); left out: print test manifests",
    )
    parser.add_argument("--pod", metavar="POD", help="whose output it is: what it asked for")
    parser.add_argument("--asked", type=count, metavar="N", help="EFA interfaces asked for")
    parser.add_argument("--type", dest="instance_type", metavar="NAME", help="the instance type")
    parser.add_argument("--workers", type=count, metavar="N", help="nodes of the test (2)")
    parser.add_argument("--image", metavar="IMAGE", help="of the test pods, with nccl-tests")
    add_source(parser)
    parser.add_argument("-n", "--namespace", metavar="NAME", help="the namespace")
    add_colour(parser)


BARE = Command(
    "",
    "Names why a pod that asks for Elastic Fabric Adapter stays Pending, and what to change.",
    _bare,
    "bare_command",
    (
        "                                 # what is pending in the current context",
        "diagnose efa-test-pod -n ml      # one pod",
        "demo                             # without a cluster",
    ),
)

COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            "demo",
            "play an incident that ships inside",
            _demo,
            "demo_command",
            ("demo", "demo --list", "demo no-access-entry"),
        ),
        Command(
            "diagnose",
            "say why a pod stays Pending, and what to change",
            _diagnose,
            "diagnose_command",
            (
                "diagnose efa-test-pod -n ml",
                "diagnose ml/job/train",
                "diagnose -A -o json",
                "diagnose trainer-0 --bundle capture.tar.gz -o markdown=report.md",
            ),
        ),
        Command(
            "preflight",
            "judge manifests before they reach a cluster",
            _preflight,
            "preflight_command",
            (
                "preflight k8s/",
                "preflight train.yaml --live",
                "preflight - < rendered.yaml",
                "preflight k8s/ --baseline efa-profile.json -o sarif=efa.sarif",
            ),
        ),
        Command(
            "fix",
            "print the whole plan as a commented shell script",
            _fix,
            "fix_command",
            ("fix efa-test-pod -n ml --plan > plan.sh",),
        ),
        Command(
            "checks",
            "list the checks, or print one's page",
            _checks,
            "checks_command",
            ("checks", "checks EFA402"),
        ),
        Command(
            "capture",
            "write a redacted bundle of what a diagnosis reads",
            _capture,
            "capture_command",
            ("capture -o capture.tar.gz", "capture --baseline efa-profile.json"),
        ),
        Command(
            "permissions",
            "print the read-only ClusterRole and IAM policy it needs",
            _permissions,
            "permissions_command",
            ("permissions rbac | kubectl apply -f -", "permissions iam > policy.json"),
        ),
        Command(
            "verify",
            "say whether EFA carries a job's traffic; print test manifests",
            _verify,
            "verify_command",
            (
                "verify --type p5.48xlarge > tests.yaml",
                "verify fi_info.txt nccl.log --asked 32",
            ),
        ),
        Command(
            "instance-types",
            "list the EC2 instance types that have EFA",
            _instance_types,
            "instance_types_command",
            ("instance-types --gpu",),
        ),
    )
}
