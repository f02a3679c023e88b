"""What a command line, a file and the objects themselves ask not to be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from efadoctor.cli.arguments import Arguments
from efadoctor.cli.talk import say
from efadoctor.model.errors import UsageError
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import Report
from efadoctor.model.snapshot import Snapshot
from efadoctor.model.workloads import owners
from efadoctor.packs import installed_checks
from efadoctor.preflight.ignore_file import NAME, IgnoreFile, read_ignore_file
from efadoctor.report.annotations import rules_for_pods_of, rules_on
from efadoctor.report.suppression import Rule, parse_rule, suppressing


class Ignoring(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of options and file, the codes that there are, and what has expired."""

    rules: tuple[Rule, ...] = ()
    codes: frozenset[str] = frozenset()
    expired: tuple[str, ...] = ()


NOTHING = Ignoring()


def ignoring(arguments: Arguments) -> Ignoring:
    """What ``--ignore`` and the ignore file set aside: the file named, else that of the folder.

    Raises UsageError, or UnreadableInputError with the place of a slip in the file.
    """
    codes = frozenset(c.code for c in installed_checks())
    rules = tuple(parse_rule(text, codes) for text in arguments.ignore)
    path = Path(arguments.ignore_file or NAME)
    kept = IgnoreFile()
    if arguments.ignore_file is not None or path.is_file():
        kept = read_ignore_file(path, codes, datetime.now(UTC).date())
    return Ignoring(rules=(*rules, *kept.rules), codes=codes, expired=kept.expired)


def set_aside(report: Report, snapshot: Snapshot, ignored: Ignoring) -> Report:
    """The report without what is ignored, by the annotations of its objects too.

    On a pod or its owners they count where every pod of the report has them. One that cannot
    be read is told on standard error and ignores nothing: it is not this reader's slip.
    """
    about = {f.object for f in (*report.root_causes, *report.warnings)}
    rules = [*ignored.rules]
    for view in _seen(snapshot, about):
        rules += _read(view, ignored.codes)
    shared: dict[str, Rule] | None = None
    for subject in report.subjects if about else ():
        pods = _seen(snapshot, _chain(snapshot, subject))
        readable = [v for v in pods if _read(v, ignored.codes)]
        own = {r.code: r for r in rules_for_pods_of(readable, ignored.codes)}
        shared = own if shared is None else {c: r for c, r in shared.items() if c in own}
        if not shared:
            break
    return suppressing(report, (*rules, *(shared or {}).values()))


def _seen(snapshot: Snapshot, refs: Iterable[ObjectRef]) -> Iterator[KubernetesObject]:
    for ref in refs:
        found = snapshot.find(ref)
        if isinstance(found, KubernetesObject):
            yield found


def _chain(snapshot: Snapshot, subject: ObjectRef) -> tuple[ObjectRef, ...]:
    found = snapshot.find(subject)
    return (subject, *(owners(snapshot, found) if isinstance(found, KubernetesObject) else ()))


def _read(view: KubernetesObject, codes: frozenset[str]) -> tuple[Rule, ...]:
    try:
        return rules_on(view, codes)
    except UsageError as error:
        name = f"{view.kind} {view.metadata.namespace}/{view.metadata.name}"
        say(f"annotation efadoctor.io/ignore of {name} is not used: {error}")
        return ()
