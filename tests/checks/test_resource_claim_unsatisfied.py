"""EFA114: resource claims."""

from clusters import EFA_NODE, Cluster, Json, broken, meta
from faults.pods import EFA, GPU, asking, resource_claim_unsatisfied
from questions import ask, causes, one, report, seen, status

CODE = "EFA114"
CLASS, DRIVER = "efa.networking.k8s.aws", "dra.net"


def devices(device_class: str, count: int) -> Json:
    request = {"name": "nic", "exactly": {"deviceClassName": device_class, "count": count}}
    return {"devices": {"requests": [request]}}


def a_template(device_class: str = CLASS, count: int = 1) -> Json:
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaimTemplate",
        "metadata": meta("efa-nics", "ml"),
        "spec": {"spec": devices(device_class, count)},
    }


def a_claim(device_class: str = CLASS, count: int = 1) -> Json:
    """The claim that the controller made for the pod."""
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "trainer", "uid": "uid-ml-trainer"}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": meta("trainer-nics", "ml", ownerReferences=[owner | {"controller": True}]),
        "spec": devices(device_class, count),
    }


def a_class(name: str = CLASS) -> Json:
    expression = f'device.driver == "{DRIVER}"'
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "DeviceClass",
        "metadata": meta(name),
        "spec": {"selectors": [{"cel": {"expression": expression}}]},
    }


def a_slice(devices: int, on: str = EFA_NODE) -> Json:
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceSlice",
        "metadata": meta(f"{on}-{DRIVER}"),
        "spec": {
            "driver": DRIVER,
            "nodeName": on,
            "pool": {"name": on, "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": f"efa{i}"} for i in range(devices)],
        },
    }


def claiming(*objects: Json) -> Cluster:
    def fault(cluster: Cluster) -> None:
        resource_claim_unsatisfied(cluster)
        asking(cluster, EFA, None)
        asking(cluster, GPU, None)
        made = {"name": "nics", "resourceClaimName": "trainer-nics"}
        cluster.pod["status"]["resourceClaimStatuses"] = [made]
        cluster.add(*objects)

    return broken(fault)


def test_a_template_that_is_not_there_is_named() -> None:
    assert causes(broken(resource_claim_unsatisfied)) == [(CODE, "trainer")]
    finding = one(CODE, broken(resource_claim_unsatisfied))
    assert seen(finding)["spec.resourceClaims[0].resourceClaimTemplateName"] == "efa-nics"


def test_a_template_that_is_nearly_so_called_was_meant() -> None:
    near = a_template()
    near["metadata"]["name"] = "efa-nic"
    cluster = broken(resource_claim_unsatisfied)
    cluster.add(near, a_class())
    finding = one(CODE, cluster)
    assert finding.evidence[0].expected == "efa-nic"
    assert finding.fixes[0].title == "Claim efa-nic"


def test_a_device_class_that_is_not_there_is_named() -> None:
    wrong = "efa.networking.aws"
    cluster = claiming(a_template(wrong), a_claim(wrong), a_class(), a_slice(4))
    assert wrong in one(CODE, cluster).summary
    assert [c for c, _ in causes(cluster)] == [CODE]


def test_too_few_devices_on_every_node_are_too_few() -> None:
    cluster = claiming(a_template(count=8), a_claim(count=8), a_class(), a_slice(4))
    found = report(cluster)
    assert [f.code for f in found.root_causes] == [CODE]
    assert CLASS in found.root_causes[0].summary


def test_a_claim_that_can_be_met_is_left_alone() -> None:
    cluster = claiming(a_template(count=4), a_claim(count=4), a_class(), a_slice(4))
    assert all(EFA_NODE not in {p.name for p in f.paths} for f in ask(CODE, cluster).findings)
    assert report(cluster).verdict.value == "schedulable"


def test_a_claim_that_is_yet_to_be_made_is_waited_for() -> None:
    cluster = broken(resource_claim_unsatisfied)
    cluster.pod["metadata"]["creationTimestamp"] = "2026-11-20T09:59:50Z"
    cluster.add(a_template(), a_class(), a_slice(4))
    found = ask(CODE, cluster)
    assert len(found.awaited) == 1


def test_karpenter_makes_no_node_for_a_pod_with_claims() -> None:
    cluster = claiming(a_template(), a_claim(), a_class())
    cluster.without_nodes_of_pool()
    assert "karpenter" in {f.key for f in ask(CODE, cluster).findings}


def test_a_pod_without_claims_asks_for_none() -> None:
    assert status(CODE, broken()) == "pass"


def test_without_slices_it_cannot_be_told() -> None:
    cluster = broken(resource_claim_unsatisfied)
    cluster.unread_sources("cluster/resourceslices.resource.k8s.io")
    assert status(CODE, cluster) == "unknown"


def test_a_pod_that_asks_for_efa_as_it_is_can_do_without_its_claim() -> None:
    found = report(broken(resource_claim_unsatisfied))
    assert found.root_causes[0].fixes[0].title == "Do without claim nics"
    assert found.plan is not None
    assert found.plan.verified is True


def test_with_one_class_that_can_be_meant_the_missing_template_is_made() -> None:
    cluster = broken(resource_claim_unsatisfied)
    cluster.add(a_class(), a_slice(4))
    found = report(cluster)
    assert "Make ResourceClaimTemplate efa-nics" in found.root_causes[0].fixes[0].title
    assert found.plan is not None
    assert found.plan.verified is True, found.plan.why


def test_karpenter_makes_a_node_for_the_device_plugin_s_resource_instead() -> None:
    cluster = claiming(a_template(count=4), a_claim(count=4), a_class())
    asking(cluster, GPU, "8")
    cluster.without_nodes_of_pool()
    fixes = [f for c in report(cluster).root_causes for f in c.fixes]
    assert f"Do without claim nics, and ask for 4 {EFA} of the device plugin" in {
        f.title for f in fixes if f.verified
    }


def test_where_templates_were_not_read_a_claim_that_is_not_there_is_looked_for_first() -> None:
    cluster = broken(resource_claim_unsatisfied)
    cluster.unread_sources("cluster/resourceclaimtemplates.resource.k8s.io")
    titles = [f.title for f in report(cluster).root_causes[0].fixes]
    assert titles[0] == "Make ResourceClaimTemplate efa-nics, or name one that exists"
