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


def patch_line(patches: tuple[Patch, ...], shell: Shell, *, dry_run: bool = False) -> str:
    """One line for one patch, or for the same patch of several objects of one kind."""
    first = patches[0]
    names = [resource(p.target) for p in patches]
    words = _kubectl(shell, first.target, "patch", *names)
    words += ["--type=json", "-p", compact(first.operations)]
    return line([*words, *(["--dry-run=server"] if dry_run else [])])


def deletion_line(deletion: Deletion, shell: Shell, *, dry_run: bool = False) -> str:
    """Waits for no finalizer: Karpenter drains a node for as long as its pods take."""
    target = deletion.target
    words = _kubectl(shell, target, "delete", resource(target))
    words += ["--ignore-not-found", "--wait=false"]
    return line([*words, *(["--dry-run=server"] if dry_run else [])])


def recreation_line(
    recreation: Recreation,
    shell: Shell,
    present: Mapping[str, Any] | None = None,
    *,
    dry_run: bool = False,
) -> str:
    """Read, patch, replace by force. ``present`` is the object, so far as it is known.

    A dry run prints what would be made anew.
    """
    target = recreation.target
    operations = (*recreation.operations, *_without_identity(target, present or {}))
    read = line([*_kubectl(shell, target, "get", resource(target)), "-o", "json"])
    local = ["kubectl", "patch", "--local", "-f", "-", "--type=json"]
    patched = line([*local, "-p", compact(operations), "-o", "json"])
    if dry_run:
        return f"{read} | {patched}"
    replaced = line([*_kubectl(shell, target, "replace"), "--force", "-f", "-"])
    return f"{read} | {patched} | {replaced}"


def creation_line(creation: Creation, shell: Shell, *, dry_run: bool = False) -> str:
    """Applies a manifest given on the line itself."""
    words = ["kubectl", *_context(shell), "apply", "-f", "-"]
    words += ["--dry-run=server"] if dry_run else []
    return f"{line(['printf', '%s', compact(creation.body)])} | {line(words)}"


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
