"""The printed rights are those that are used, and those used are all printed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml
from collect.conftest import SEED, Account, Collecting
from collect.servers.aws import AwsServer
from collect.servers.http import Asked
from collect.servers.kubernetes import KubernetesServer

from efadoctor.collect.aws.reads import AWS_READS
from efadoctor.collect.kube.reads import KUBERNETES_READS
from efadoctor.collect.permissions import iam, rbac

SUBJECT = "default/efa-test-pod"


def rules() -> Iterator[tuple[str, str, str, str, str]]:
    """Namespace ("" for all), group, plural, name ("" for all) and verb of every right."""
    for document in yaml.safe_load_all(rbac()):
        for rule in document.get("rules", ()):
            for group in rule["apiGroups"]:
                for plural in rule["resources"]:
                    for name in rule.get("resourceNames", [""]):
                        for verb in rule["verbs"]:
                            yield (
                                document["metadata"].get("namespace", ""),
                                group,
                                plural,
                                name,
                                verb,
                            )


def used(asked: Asked) -> tuple[str, str, str, str, str] | None:
    parts = asked.path.strip("/").split("/")
    if len(parts) < 3:
        return None
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    verb = "get" if len(rest) > 1 else "watch" if "watch" in asked.query else "list"
    return namespace, group, rest[0], rest[1] if len(rest) > 1 else "", verb


@pytest.mark.parametrize("options", [{}, {"whole": True}, {"all_namespaces": True}])
def test_whatever_is_asked_is_allowed_by_the_printed_role(
    seed: KubernetesServer, collecting: Collecting, options: dict[str, bool]
) -> None:
    collecting(seed, None if options else SUBJECT, **options)
    allowed = set(rules())
    for asked in seed.asked:
        right = used(asked)
        if right is None:
            assert asked.path in ("/apis", "/version")
            continue
        namespace, group, plural, name, verb = right
        wider = {(n, group, plural, m, verb) for n in ("", namespace) for m in ("", name)}
        assert wider & allowed, right


def test_nothing_is_printed_that_is_not_declared() -> None:
    declared = {
        (r.source.group, r.source.plural, v.value)
        for r in KUBERNETES_READS.values()
        for v in r.verbs
    }
    assert {(group, plural, verb) for _, group, plural, _, verb in rules()} == declared
    assert {verb for *_, verb in rules()} <= {"get", "list", "watch"}


def test_secrets_are_not_among_them_and_of_config_maps_only_one() -> None:
    plurals = {(plural, name) for _, _, plural, name, _ in rules()}
    assert not any(plural == "secrets" for plural, _ in plurals)
    assert {p for p in plurals if p[0] == "configmaps"} == {("configmaps", "aws-auth")}


def test_the_policy_allows_each_operation_that_is_called_and_no_other(
    seed: KubernetesServer, account: Account, collecting: Collecting
) -> None:
    aws = account(AwsServer.of_bundle(SEED))
    collecting(seed, SUBJECT, no_aws=False)
    actions = {a for s in json.loads(iam())["Statement"] for a in s["Action"]}
    assert set(aws.operations) <= actions
    assert len(actions) == len(AWS_READS)
    assert all(a.split(":")[1].startswith(("Describe", "List", "Get")) for a in actions)
