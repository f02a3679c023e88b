"""The rights that a diagnosis takes, printed ready to apply.

Made from the reads that the collectors declare and are held to (``kube.reads``,
``aws.reads``), so what is documented here is what is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from efadoctor.collect.aws.reads import AWS_READS, action
from efadoctor.collect.kube.reads import KUBERNETES_READS, KubernetesRead

_NAME = "efadoctor"


def rbac() -> str:
    """A ClusterRole, a Role for the one ConfigMap, and bindings to a group, as YAML."""
    everywhere = [r for r in KUBERNETES_READS.values() if not r.namespace]
    inside: dict[str, list[KubernetesRead]] = {}
    for read in KUBERNETES_READS.values():
        if read.namespace:
            inside.setdefault(read.namespace, []).append(read)
    documents = [
        "# What efadoctor reads, and nothing else: it never writes. Bind the group to your users,\n"
        "# or change the subjects.\n" + _role("ClusterRole", "", everywhere),
        _binding("ClusterRole", ""),
    ]
    for namespace, reads in inside.items():
        documents += [_role("Role", namespace, reads), _binding("Role", namespace)]
    return "---\n".join(documents)


def _role(kind: str, namespace: str, reads: Iterable[KubernetesRead]) -> str:
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for read in reads:
        verbs = tuple(v.value for v in read.verbs)
        groups.setdefault((read.source.group, verbs, read.names), []).append(read.source.plural)
    lines = [*_head(kind, namespace), "rules:"]
    for (group, verbs, names), plurals in groups.items():
        lines.append(f'  - apiGroups: ["{group}"]')
        lines.append(f"    resources: [{', '.join(plurals)}]")
        if names:
            lines.append(f"    resourceNames: [{', '.join(names)}]")
        lines.append(f"    verbs: [{', '.join(verbs)}]")
    return "\n".join(lines) + "\n"


def _binding(kind: str, namespace: str) -> str:
    lines = [
        *_head(f"{kind}Binding", namespace),
        "roleRef:",
        "  apiGroup: rbac.authorization.k8s.io",
        f"  kind: {kind}",
        f"  name: {_NAME}",
        "subjects:",
        "  - apiGroup: rbac.authorization.k8s.io",
        "    kind: Group",
        f"    name: {_NAME}",
    ]
    return "\n".join(lines) + "\n"


def _head(kind: str, namespace: str) -> list[str]:
    inside = [f"  namespace: {namespace}"] if namespace else []
    return [
        "apiVersion: rbac.authorization.k8s.io/v1",
        f"kind: {kind}",
        "metadata:",
        f"  name: {_NAME}",
        *inside,
    ]


def iam() -> str:
    """An IAM policy document, as JSON.

    Describe actions of EC2 and Auto Scaling know no resources, so ``*`` is the least there is
    (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html).
    """
    services: dict[str, list[str]] = {}
    for source in AWS_READS.values():
        services.setdefault(source.service, []).append(action(source))
    statements = [
        {
            "Sid": f"Efadoctor{service.capitalize()}",
            "Effect": "Allow",
            "Action": sorted(actions),
            "Resource": "*",
        }
        for service, actions in sorted(services.items())
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"
