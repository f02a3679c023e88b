r"""Writes efadoctor/scheduling/data/instance_types.json: the EFA-capable and accelerated types.

Run by hand when AWS announces types; the file's own ``sources`` say what it was made from.

    aws ec2 describe-instance-types > types.json          (one or more regions, one file each)
    python scripts/instance_types_table.py --describe types.json \
        --reference instance-types.md --prices zz_generated.pricing_aws.go \
        --date 2026-10-01 --source "EC2 DescribeInstanceTypes of us-east-1, October 2026"

``--reference`` is website/content/en/preview/reference/instance-types.md and ``--prices``
pkg/providers/pricing/zz_generated.pricing_aws.go of
https://github.com/aws/karpenter-provider-aws. Where both know a type, EC2's facts are
kept and the number of EFA interfaces must agree. Prices only order types.
"""

import argparse
import gzip
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "efadoctor/scheduling/data/instance_types.json"
AWS = "karpenter.k8s.aws"
EFA = "vpc.amazonaws.com/efa"
POD_ENI = "vpc.amazonaws.com/pod-eni"

# Fields of DescribeInstanceTypes that efadoctor/model/aws/instance_types.py has.
KEPT: Mapping[str, Any] = {
    "InstanceType": True,
    "BareMetal": True,
    "Hypervisor": True,
    "SupportedUsageClasses": True,
    "VCpuInfo": {"DefaultVCpus": True},
    "MemoryInfo": {"SizeInMiB": True},
    "ProcessorInfo": {
        "SupportedArchitectures": True,
        "Manufacturer": True,
        "SustainedClockSpeedInGhz": True,
    },
    "NetworkInfo": {
        "NetworkPerformance": True,
        "MaximumNetworkInterfaces": True,
        "MaximumNetworkCards": True,
        "DefaultNetworkCardIndex": True,
        "Ipv4AddressesPerInterface": True,
        "EncryptionInTransitSupported": True,
        "EnaSupport": True,
        "EfaSupported": True,
        "EfaInfo": {"MaximumEfaInterfaces": True},
        "NetworkCards": {"NetworkCardIndex": True, "MaximumNetworkInterfaces": True},
    },
    "GpuInfo": {
        "Gpus": {"Name": True, "Manufacturer": True, "Count": True, "MemoryInfo": True},
    },
    "NeuronInfo": {
        "NeuronDevices": {"Name": True, "Count": True, "CoreInfo": {"Count": True}},
    },
    "InstanceStorageInfo": {"TotalSizeInGB": True, "NvmeSupport": True},
    "EbsInfo": {
        "EbsOptimizedSupport": True,
        "EbsOptimizedInfo": {"MaximumBandwidthInMbps": True},
    },
    "PlacementGroupInfo": {"SupportedStrategies": True},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--describe", action="append", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--prices", type=Path, required=True)
    parser.add_argument("--date", required=True, help="of the newest source, YYYY-MM-DD")
    parser.add_argument("--source", action="append", default=[], help="a line for `sources`")
    arguments = parser.parse_args()
    described = {t["InstanceType"]: t for path in arguments.describe for t in _described(path)}
    documented = _documented(arguments.reference.read_text())
    prices = _prices(arguments.prices.read_text())
    names = sorted(
        n for n in described.keys() | documented.keys() if _wanted(n, described, documented)
    )
    rows: list[dict[str, Any]] = []
    disagreements: list[str] = []
    for name in names:
        labels = documented.get(name, {})
        info = kept(described[name], KEPT) if name in described else _from_labels(name, labels)
        if labels and _efas(info) != int(labels.get(EFA, 0)):
            disagreements.append(name)
        row = {
            "info": info,
            "usd_per_hour": prices.get(name),
            "network_mbps": _number(labels, "instance-network-bandwidth"),
            "pod_interfaces": int(labels[POD_ENI]) if POD_ENI in labels else None,
        }
        rows.append({k: v for k, v in row.items() if v is not None})
    if disagreements:
        print("EC2 and the reference count EFA differently:", *disagreements, file=sys.stderr)
        return 1
    head = json.dumps({"date": arguments.date, "sources": arguments.source}, indent=1)[1:-2]
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    TABLE.write_text(f'{{{head},\n "types": [\n{lines}\n]}}\n')
    print(f"{len(rows)} types, {sum(_efas(r['info']) > 0 for r in rows)} with EFA: {TABLE}")
    return 0


def _described(path: Path) -> list[dict[str, Any]]:
    """The types of a response of DescribeInstanceTypes, of a list of types, or of a map of them."""
    raw = path.read_bytes()
    content = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    if isinstance(content, dict):
        content = content.get("InstanceTypes", list(content.values()))
    return list(content)


def _documented(text: str) -> dict[str, dict[str, str]]:
    """Labels and resources of each type in Karpenter's reference of instance types."""
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in text.splitlines():
        if heading := re.match(r"### `(.+)`", line):
            name = heading[1]
            found[name] = {}
        elif name and (row := re.match(r"\s*\|([^|]+)\|([^|]+)\|\s*$", line)):
            found[name][row[1].strip()] = row[2].strip()
    return found


def _prices(text: str) -> dict[str, float]:
    """On-demand USD an hour in us-east-1."""
    region = text.split('"us-east-1": {', 1)[1].split("\n\t}", 1)[0]
    return {n: float(p) for n, p in re.findall(r'"([\w.-]+)":\s*([\d.]+)', region)}


def _wanted(
    name: str, described: Mapping[str, Any], documented: Mapping[str, Mapping[str, str]]
) -> bool:
    info, labels = described.get(name, {}), documented.get(name, {})
    accelerated = info.keys() & {"GpuInfo", "NeuronInfo"} or any(
        f"{AWS}/instance-{kind}-count" in labels for kind in ("gpu", "accelerator")
    )
    return bool(_efas(info) or int(labels.get(EFA, 0)) or accelerated)


def _efas(info: Mapping[str, Any]) -> int:
    efa = info.get("NetworkInfo", {}).get("EfaInfo", {})
    return int(efa.get("MaximumEfaInterfaces", 0))


def kept(value: Any, shape: Any) -> Any:
    """The parts of a JSON value that ``shape`` names; lists element by element."""
    if isinstance(value, list):
        return [kept(v, shape) for v in value]
    if shape is True or not isinstance(value, dict):
        return value
    return {key: kept(value[key], part) for key, part in shape.items() if key in value}


def _number(labels: Mapping[str, str], key: str) -> int | None:
    text = labels.get(f"{AWS}/{key}")
    return None if text is None else int(text)


def _from_labels(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """What DescribeInstanceTypes would say, as far as Karpenter's reference tells."""
    efas = int(labels.get(EFA, 0))
    info: dict[str, Any] = {
        "InstanceType": name,
        "Hypervisor": labels.get(f"{AWS}/instance-hypervisor", ""),
        "SupportedUsageClasses": ["on-demand", "spot"],
        "VCpuInfo": {"DefaultVCpus": _number(labels, "instance-cpu")},
        "MemoryInfo": {"SizeInMiB": _number(labels, "instance-memory")},
        "ProcessorInfo": {
            "SupportedArchitectures": [
                "x86_64" if labels.get("kubernetes.io/arch") == "amd64" else "arm64"
            ],
            "Manufacturer": labels.get(f"{AWS}/instance-cpu-manufacturer", "").capitalize(),
        },
        "NetworkInfo": {"EfaSupported": efas > 0, "EfaInfo": {"MaximumEfaInterfaces": efas}},
    }
    if count := _number(labels, "instance-gpu-count"):
        gpu = {
            "Name": labels[f"{AWS}/instance-gpu-name"],
            "Manufacturer": _maker(labels[f"{AWS}/instance-gpu-manufacturer"]),
            "Count": count,
            "MemoryInfo": {"SizeInMiB": _number(labels, "instance-gpu-memory")},
        }
        info["GpuInfo"] = {"Gpus": [gpu]}
    return info


def _maker(label: str) -> str:
    """A GPU's maker as EC2 spells it, from Karpenter's lower-case label."""
    return label.upper() if label in {"nvidia", "amd"} else label.capitalize()


if __name__ == "__main__":
    sys.exit(main())
