"""What a manifest is judged against before it reaches the cluster, to be committed beside it.

The part of a capture that makes nodes and measures pods: small, without pods and instances,
and the same text as long as nothing changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from efadoctor.bundle import dump
from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.lists import read_list
from efadoctor.bundle.responses import read_responses
from efadoctor.collect.tokens import Tokens, numbered
from efadoctor.model.clock import parse_time
from efadoctor.model.coverage import Gap
from efadoctor.model.decoding import Decoded
from efadoctor.model.errors import UnreadableInputError, UsageError
from efadoctor.model.facts import SOURCES, KubernetesSource
from efadoctor.model.inert import inert
from efadoctor.model.snapshot import Origin, Snapshot

SCHEMA = "efadoctor.baseline/v1"
MAX_BYTES = 64 * 1024 * 1024

_NODES = "cluster/nodes"
_SOURCES = (
    _NODES,
    "cluster/namespaces",
    "cluster/resourcequotas",
    "cluster/daemonsets.apps",
    "cluster/priorityclasses.scheduling.k8s.io",
    "cluster/storageclasses.storage.k8s.io",
    "cluster/deviceclasses.resource.k8s.io",
    "cluster/resourceslices.resource.k8s.io",
    "cluster/nodepools.karpenter.sh",
    "cluster/ec2nodeclasses.karpenter.k8s.aws",
    "aws/ec2/describe-availability-zones",
    "aws/ec2/describe-instance-type-offerings",
    "aws/ec2/describe-placement-groups",
    "aws/ec2/describe-subnets",
    "aws/ec2/describe-launch-template-versions",
    "aws/eks/list-nodegroups",
    "aws/eks/describe-nodegroup",
)
"""What a manifest meets: what makes nodes, and what every pod is measured by."""

_VOLATILE = frozenset(
    [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "lastTransitionTime",
        "createdAt",
        "managedFields",
        "observedGeneration",
        "AvailableIpAddressCount",
        "status",
    ]
)
_STATUS_KEPT = frozenset(
    ["allocatable", "capacity", "subnets", "securityGroups", "nodeInfo", "State"]
)
_HOST_LABELS = ("kubernetes.io/hostname", "topology.ebs.csi.aws.com/zone", "topology.k8s.aws/")


# ---- writing ----------------------------------------------------------------


def capture_baseline(snapshot: Snapshot, path: Path, *, plain_ids: bool = False) -> None:
    """Writes the baseline of a snapshot to ``path`` as JSON that reads well in a diff.

    Raises UsageError where the file cannot be written.
    """
    try:
        path.write_bytes(baseline(snapshot, plain_ids=plain_ids))
    except OSError as error:
        raise UsageError(f"{inert(str(path))}: cannot be written: {error.strerror}") from None


def baseline(snapshot: Snapshot, *, plain_ids: bool = False) -> bytes:
    """The text of a baseline: one node for each class of equal ones, no pods, no instances."""
    files = dump(snapshot)
    facts: dict[str, Any] = {}
    for name in _SOURCES:
        raw = files.get(f"{name}.json")
        if raw is not None:
            facts[name] = _in_order(_lasting(json.loads(raw)), name)
    said = {
        "schema": SCHEMA,
        "cluster": snapshot.origin.cluster,
        "region": snapshot.origin.region,
        # the day is enough, and leaves the text the same for as long
        "created": snapshot.now.strftime("%Y-%m-%d"),
        "server_version": str(snapshot.server_version),
        "facts": facts,
    }
    raw = _text(said).encode()
    raw = Tokens(numbered(), {"": raw}, plain_ids=plain_ids).apply(raw)
    return json.dumps(json.loads(raw), indent=1, ensure_ascii=False).encode() + b"\n"


def _in_order(document: Any, name: str) -> Any:
    """A list or responses, sorted by their text; nodes folded into their classes."""
    if isinstance(document, list):
        return sorted(document, key=_text)
    return {
        key: _classes(value)
        if name == _NODES
        else sorted(value, key=_text)
        if isinstance(value, list)
        else value
        for key, value in document.items()
        if name != _NODES or key == "items"
    }


def _text(thing: Any) -> str:
    return json.dumps(thing, sort_keys=True, separators=(",", ":"))


def _classes(nodes: list[Any]) -> list[Any]:
    """One node for those that differ in nothing but their names, with how many there are."""
    counts: dict[str, int] = {}
    for plain in nodes:
        meta = plain.get("metadata", {})
        labels = {k: v for k, v in meta.get("labels", {}).items() if not k.startswith(_HOST_LABELS)}
        plain["metadata"] = {"labels": labels}
        plain.get("spec", {}).pop("providerID", None)
        counts[_text(plain)] = counts.get(_text(plain), 0) + 1
    classes = []
    for number, (text, count) in enumerate(sorted(counts.items()), 1):
        node = json.loads(text)
        node["metadata"] |= {
            "name": f"class-{number}",
            "annotations": {"efadoctor/nodes": str(count)},
        }
        node["metadata"]["labels"]["kubernetes.io/hostname"] = f"class-{number}"
        classes.append(node)
    return classes


def _lasting(thing: Any) -> Any:
    """Without what changes while nothing happens."""
    if isinstance(thing, dict):
        kept = {k: _lasting(v) for k, v in thing.items() if k not in _VOLATILE}
        status = thing.get("status")
        if isinstance(status, dict):
            kept["status"] = {
                k: _lasting(v) for k, v in status.items() if k in _STATUS_KEPT
            } | _ready(status)
        elif status is not None:
            kept["status"] = status
        return kept
    if isinstance(thing, list | tuple):
        return [_lasting(v) for v in thing]
    return thing


def _ready(status: dict[str, Any]) -> dict[str, Any]:
    """Only whether a thing is ready: the rest of its conditions is news, not a profile."""
    found = [
        {"type": "Ready", "status": c.get("status", "Unknown")}
        for c in status.get("conditions", ())
        if c.get("type") == "Ready"
    ]
    return {"conditions": found} if found else {}


# ---- reading ----------------------------------------------------------------


class _Baseline(msgspec.Struct):
    schema: str
    facts: dict[str, msgspec.Raw]
    cluster: str | None = None
    region: str | None = None
    created: str | None = None
    server_version: str = ""


def load_baseline(path: Path) -> Snapshot:
    """The snapshot that a baseline holds. Raises UnreadableInputError where it is none."""
    shown = inert(str(path))
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableInputError(f"{shown}: too large for a baseline")
        found = msgspec.json.decode(path.read_bytes(), type=_Baseline)
    except OSError as error:
        raise UnreadableInputError(f"{shown}: {error.strerror}") from None
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableInputError(f"{shown}: not a baseline: {inert(str(error))}") from None
    if found.schema != SCHEMA:
        raise UnreadableInputError(f"{shown}: not a baseline but {inert(found.schema)}")
    facts: dict[str, Decoded] = {}
    gaps: list[Gap] = []
    for name, items in found.facts.items():
        try:
            facts[name] = _decoded(name, bytes(items))
        except (DamageError, KeyError) as error:
            gaps.append(Gap(source=inert(name), reason=inert(str(error))))
    return Snapshot(
        facts,
        server_version=found.server_version,
        now=parse_time(found.created),
        origin=Origin(
            kind="manifests",
            cluster=found.cluster,
            region=found.region,
            captured_at=found.created,
        ),
        gaps=gaps,
    )


def _decoded(name: str, raw: bytes) -> Decoded:
    source = SOURCES[name]
    if isinstance(source, KubernetesSource):
        return read_list(raw, source).decoded
    return read_responses(raw, source).decoded
