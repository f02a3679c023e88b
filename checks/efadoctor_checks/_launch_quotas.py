"""The EC2 quotas for running instances, in vCPUs: one for each group of families.

https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html ; the codes are
those that ``aws service-quotas list-service-quotas --service-code ec2`` prints.
"""

from __future__ import annotations

import re

from efadoctor.authoring import AwsCall, Path

_ON_DEMAND = {
    "p": "L-417A185B",
    "g": "L-DB2E81BA",
    "trn": "L-2C3B7624",
    "inf": "L-1945791B",
    "dl": "L-6E869C2A",
    "hpc": "L-F7808C92",
}
_SPOT = {
    **dict.fromkeys(("p2", "p3", "p4"), "L-7212CCBC"),
    "p5": "L-C4BD4855",
    "g": "L-3819A6DF",
    "trn": "L-6B0D517C",
    "inf": "L-B5D1601B",
    "dl": "L-85EED4F7",
}
"""P has two, by generation; which of them counts P6 is not said."""
_STANDARD = {False: "L-1216C47A", True: "L-34B43A08"}
_KINDS_OF_STANDARD = frozenset("acdhimrtz")
_FAMILY = re.compile(r"[a-z]+")

ENOUGH_VCPUS = 768
"""Four of the largest EFA types, at 192 vCPUs each; quotas for P start at zero."""


def quota_request(path: Path, reason: str) -> AwsCall | None:
    """The request that raises the quota of what a way in launches; None where it is not known."""
    types = _types(path)
    codes = {_code(name, spot="Spot" in reason) for name in types}
    if len(codes) != 1 or None in codes:
        return None
    return AwsCall(
        service="service-quotas",
        operation="request-service-quota-increase",
        parameters={
            "ServiceCode": "ec2",
            "QuotaCode": codes.pop(),
            "DesiredValue": ENOUGH_VCPUS,
        },
    )


def _types(path: Path) -> tuple[str, ...]:
    if path.judgement is not None and path.judgement.closest:
        return tuple(t.name for t in path.judgement.closest)
    label = path.node.metadata.labels.get("node.kubernetes.io/instance-type", "")
    return (path.group.instance_types if path.group is not None else ()) or (label,)


def _code(name: str, *, spot: bool) -> str | None:
    found = _FAMILY.match(name)
    kind = found[0] if found else ""
    kind = kind if kind in _ON_DEMAND else kind[:1]
    if kind not in _ON_DEMAND:
        return _STANDARD[spot] if kind in _KINDS_OF_STANDARD else None
    if spot:
        return _SPOT.get(name[:2] if kind == "p" else kind)
    return _ON_DEMAND[kind]
