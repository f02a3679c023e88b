"""A cluster and an account that hold a secret wherever one can be held."""

from __future__ import annotations

import base64
import re
import tarfile
from pathlib import Path
from typing import Any

from collect.servers.aws import AwsServer
from collect.servers.kubernetes import KubernetesServer

SUBJECT = "default/efa-test-pod"
CANARY = "canary-4f1d"
"""A secret that says nothing of itself: only not keeping its field keeps it out."""

KEY = "AKIA" + "CANARYCANARY1234"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"
FORMS = (KEY, JWT, f"password={CANARY}", f"https://user:{CANARY}@host/", f"Bearer {CANARY}")
"""Secrets as they stand in texts that are kept: messages of events and conditions."""

IDENTITIES = re.compile(
    r"\b(?:i|sg|subnet|vpc|eni|lt|pg)-[0-9a-f]{8,17}\b|\b111122223333\b|\b10\.0\.\d+\.\d+\b|\bip-10-0-\d+-\d+\b"
)


def texts(path: Path) -> str:
    with tarfile.open(path) as archive:
        members = (archive.extractfile(m) for m in archive.getmembers())
        return "\n".join(m.read().decode() for m in members if m)


def plant(server: KubernetesServer, aws: AwsServer) -> None:
    """Puts the canary wherever a cluster or an account may hold a secret."""
    plant_in_every_object(server.objects)
    plant_in_pods(server.objects)
    plant_in_the_rest(server.objects)
    plant_in_aws(aws)


def plant_in_every_object(objects: dict[str, list[Any]]) -> None:
    objects["cluster/secrets"] = [{"metadata": {"name": "s"}, "data": {"x": CANARY}}]
    for config in objects["cluster/configmaps"]:
        config["data"] = {"mapRoles": "[]", "mapUsers": CANARY, "other": CANARY}
    for group in objects.values():
        for thing in group:
            meta = thing["metadata"]
            meta.setdefault("annotations", {}).update(
                {"kubectl.kubernetes.io/last-applied-configuration": CANARY, "vault": CANARY}
            )
            meta["managedFields"] = [{"fieldsV1": {CANARY: {}}}]
            thing["data"] = thing.get("data", {CANARY: CANARY})
            thing["unknown"] = CANARY
            for part in ("spec", "status"):
                if isinstance(thing.get(part), dict):
                    thing[part]["unknownField"] = {"deep": [CANARY]}
    for event in objects["cluster/events"]:
        event["message"] += " " + " ".join(FORMS)


def plant_in_pods(objects: dict[str, list[Any]]) -> None:
    for spec in pod_specs(objects):
        for container in spec["containers"]:
            container["env"] = [
                {"name": "FI_PROVIDER", "value": "efa"},
                {"name": "HF_TOKEN", "value": CANARY},
                {"name": CANARY, "valueFrom": {"secretKeyRef": {"name": CANARY, "key": CANARY}}},
            ]
            container["command"] = ["train", "--key", CANARY]
            container["args"] = [CANARY]
            container["envFrom"] = [{"secretRef": {"name": CANARY}}]
            container["livenessProbe"] = {"exec": {"command": [CANARY]}}
        spec["imagePullSecrets"] = [{"name": CANARY}]
        spec.setdefault("volumes", []).append(
            {
                "name": "v",
                "secret": {"secretName": CANARY},
                "csi": {"driver": "d", "volumeAttributes": {"k": CANARY}},
            }
        )


def plant_in_the_rest(objects: dict[str, list[Any]]) -> None:
    for nodeclass in objects["cluster/ec2nodeclasses.karpenter.k8s.aws"]:
        nodeclass["spec"]["userData"] = f"export A={CANARY}\nulimit -l unlimited # {CANARY}\n"
        nodeclass["spec"]["tags"] = {"secret": CANARY}
    objects["cluster/rayclusters.ray.io"] = [
        {
            "metadata": {"name": "ray", "namespace": "default"},
            "spec": {
                "headGroupSpec": {
                    "rayStartParams": {"redis-password": CANARY},
                    "template": {"spec": {"containers": [{"name": "h", "args": [CANARY]}]}},
                }
            },
        }
    ]
    objects["cluster/resourceclaims.resource.k8s.io"] = [
        {
            "metadata": {"name": "claim", "namespace": "default"},
            "spec": {"devices": {"config": [{"opaque": {"parameters": {"k": CANARY}}}]}},
        }
    ]


def plant_in_aws(aws: AwsServer) -> None:
    for version in aws.items["aws/ec2/describe-launch-template-versions"]:
        text = f"TOKEN={CANARY}\n"
        version["LaunchTemplateData"]["UserData"] = base64.b64encode(text.encode()).decode()
    for name in ("instances", "subnets", "security-groups", "placement-groups"):
        for item in aws.items[f"aws/ec2/describe-{name}"]:
            for thing in item.get("Instances", [item]):
                thing.setdefault("Tags", []).append({"Key": "owner", "Value": CANARY})
                thing["Description"] = CANARY


def pod_specs(objects: dict[str, list[Any]]) -> list[dict[str, Any]]:
    found = [p["spec"] for p in objects["cluster/pods"]]
    for kind in ("daemonsets.apps", "deployments.apps", "replicasets.apps", "jobs.batch"):
        found += [o["spec"]["template"]["spec"] for o in objects.get(f"cluster/{kind}", [])]
    return found
