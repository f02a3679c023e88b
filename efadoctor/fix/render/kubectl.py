"""Edits of Kubernetes objects as kubectl lines.

https://kubernetes.io/docs/reference/kubectl/generated/kubectl_patch/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from efadoctor.fix.render.shell import Shell, compact, line
from efadoctor.model.facts import kubernetes_source
from efadoctor.model.fix import Creation, Deletion, Operation, Patch, Recreation
from efadoctor.model.reference import ObjectRef

_BY_SHORT_NAME = frozenset({"", "apps", "batch"})

# A Job made anew gets its own selector and labels again; it refuses those of the old one.
# https://kubernetes.io/docs/concepts/workloads/controllers/job/#specifying-your-own-pod-selector
_OF_OLD_JOB = (
    "/spec/selector",
    "/spec/template/metadata/labels/controller-uid",
    "/spec/template/metadata/labels/job-name",
    "/spec/template/metadata/labels/batch.kubernetes.io~1controller-uid",
    "/spec/template/metadata/labels/batch.kubernetes.io~1job-name",
)

_UNCORDON = Operation(op="replace", path="/spec/unschedulable", value=False)

_AS_ANOTHER = (
    Operation(op="remove", path="/metadata/resourceVersion"),
    Operation(op="replace", path="/metadata/name", value="efadoctor-dry-run"),
)


def patch_line(
    patches: tuple[Patch, ...],
    shell: Shell,
    *,
    done: tuple[Operation, ...] = (),
    dry_run: bool = False,
) -> str:
    """One line for one patch, or for the same patch of several objects of one kind.

    ``done`` are tests that hold once it is made: what was patched already is success. An
    uncordoning is called by its name.
    """
    targets = tuple(p.target for p in patches)
    if targets[0].kind == "Node" and patches[0].operations[-1] == _UNCORDON:
        words = _kubectl(shell, targets[0], "uncordon", *map(resource, targets))
        return line([*words, *(["--dry-run=server"] if dry_run else [])])
    words = _patch(targets, patches[0].operations, shell)
    if dry_run:
        return line([*words, "--dry-run=server"])
    return _unless_done(line(words), targets, done, shell)


def deletion_line(
    deletion: Deletion, shell: Shell, *, pending: bool = False, dry_run: bool = False
) -> str:
    """Waits for no finalizer: Karpenter drains a node for as long as its pods take.

    Of a ``pending`` pod: only while it is, for one of its name may run by the second time.
    """
    target = deletion.target
    if pending:
        chosen = f"metadata.name={_in_selector(target.name)},status.phase=Pending"
        words = _kubectl(shell, target, "delete", "pods")
        words += [f"--field-selector={chosen}", "--wait=false"]
    else:
        words = _kubectl(shell, target, "delete", resource(target))
        words += ["--ignore-not-found", "--wait=false"]
    return line([*words, *(["--dry-run=server"] if dry_run else [])])


def recreation_line(
    recreation: Recreation,
    shell: Shell,
    present: Mapping[str, Any] | None = None,
    *,
    done: tuple[Operation, ...] = (),
    dry_run: bool = False,
    counted: bool = False,
) -> str:
    """Read, patch, replace by force. ``present`` is the object, so far as it is known.

    kubectl deletes before it creates: what it is to create is in a file by then, which is
    kept, and named, where it fails. A dry run creates it under another name, or only
    prints it where a quota would count it twice (``counted``).
    """
    target = recreation.target
    operations = (*recreation.operations, *_without_identity(target, present or {}))
    read = line([*_kubectl(shell, target, "get", resource(target)), "-o", "json"])
    local = ["kubectl", "patch", "--local", "-f", "-", "--type=json"]
    patched = line([*local, "-p", compact(operations), "-o", "json"])
    if dry_run and counted:
        return f"{read} | {patched}"
    if dry_run:
        renamed = line([*local, "-p", compact((*operations, *_AS_ANOTHER)), "-o", "json"])
        create = line([*_kubectl(shell, target, "create"), "-f", "-", "--dry-run=server"])
        return f"{read} | {renamed} | {create}"
    replaced = f'{line([*_kubectl(shell, target, "replace"), "--force", "-f"])} "$new"'
    kept = "{ " + replaced + ' && rm "$new" || ! echo "Not made anew: it is in $new" >&2; }'
    run = f'new=$(mktemp) && {read} | {patched} > "$new" && {kept}'
    return _unless_done(run, (target,), done, shell)


def creation_line(creation: Creation, shell: Shell, *, dry_run: bool = False) -> str:
    """Applies a manifest given on the line itself."""
    words = ["kubectl", *_context(shell), "apply", "-f", "-"]
    words += ["--dry-run=server"] if dry_run else []
    return f"{line(['printf', '%s', compact(creation.body)])} | {line(words)}"


def _patch(
    targets: tuple[ObjectRef, ...], operations: tuple[Operation, ...], shell: Shell
) -> list[str]:
    words = _kubectl(shell, targets[0], "patch", *map(resource, targets))
    return [*words, "--type=json", "-p", compact(operations)]


def _unless_done(
    run: str, targets: tuple[ObjectRef, ...], done: tuple[Operation, ...], shell: Shell
) -> str:
    """The line, and what it falls back on: a patch that changes nothing and only tests."""
    return f"{run} || {line(_patch(targets, done, shell))} >&2" if done else run


def _in_selector(name: str) -> str:
    """A value in a field selector, as ``k8s.io/apimachinery/pkg/fields`` escapes it."""
    return "".join(f"\\{c}" if c in "\\,=" else c for c in name)


def _kubectl(shell: Shell, target: ObjectRef, *words: str) -> list[str]:
    """A kubectl command with its context and, for a namespaced object, its namespace."""
    namespace = ["-n", target.namespace] if target.namespace else []
    return ["kubectl", *_context(shell), *words, *namespace]


def _context(shell: Shell) -> list[str]:
    return ["--context", shell.context] if shell.context else []


def resource(target: ObjectRef) -> str:
    """``pod/x``, ``nodepools.karpenter.sh/x``: unambiguous, and never taken for an option."""
    group = target.api_version.rpartition("/")[0]
    if group in _BY_SHORT_NAME:
        return f"{target.kind.lower()}/{target.name}"
    source = kubernetes_source(group, target.kind)
    plural = source.plural if source is not None else f"{target.kind.lower()}s"
    return f"{plural}.{group}/{target.name}"


def _without_identity(target: ObjectRef, present: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Removals of what the API server gave the old Job; a selector of one's own stays."""
    spec = present.get("spec")
    if target.kind != "Job" or not isinstance(spec, Mapping) or spec.get("manualSelector"):
        return ()
    found: list[Operation] = []
    for pointer in _OF_OLD_JOB:
        here: Any = present
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/")
            here = here.get(key) if isinstance(here, Mapping) else None
        if here is not None:
            found.append(Operation(op="remove", path=pointer))
    return tuple(found)
