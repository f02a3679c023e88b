"""Claims, volumes and storage classes for tests of the volume filters."""

from tiny import ZONE, pod, thing

EBS = "ebs.csi.aws.com"
BOUND = {"pv.kubernetes.io/bind-completed": "yes"}


def claim(name="data", *, size="1Gi", modes=("ReadWriteOnce",), bound="", phase="", **more):
    metadata = {"uid": f"uid-{name}", "annotations": more.pop("annotations", {})}
    metadata |= more.pop("metadata", {})
    if bound:
        metadata["annotations"] = BOUND | metadata["annotations"]
    spec = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}}
    spec |= {"volumeName": bound} if bound else {}
    phase = phase or ("Bound" if bound else "Pending")
    return thing(
        "PersistentVolumeClaim",
        name,
        namespace="default",
        metadata=metadata,
        spec=spec | more,
        status={"phase": phase},
    )


def terms(key, *values):
    return {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}
        ]
    }


def volume(name="pv", *, zones=(), size="1Gi", phase="Available", handle="vol-1", **more):
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"]}
    spec |= {"csi": {"driver": EBS, "volumeHandle": handle}} if handle else {}
    spec |= {"nodeAffinity": {"required": terms(ZONE, *zones)}} if zones else {}
    metadata = more.pop("metadata", {})
    return thing(
        "PersistentVolume", name, metadata=metadata, spec=spec | more, status={"phase": phase}
    )


def storage_class(name="gp3", mode="WaitForFirstConsumer", provisioner=EBS, **more):
    return thing("StorageClass", name, provisioner=provisioner, volumeBindingMode=mode, **more)


def using(*claims, name="p", on="", **more):
    volumes = [
        {"name": f"v{i}", "persistentVolumeClaim": {"claimName": c}} for i, c in enumerate(claims)
    ]
    return pod(name, on=on, volumes=volumes, **more)


def with_disk(volume_id, name="p", on="", **more):
    disk = {"name": "disk", "awsElasticBlockStore": {"volumeID": volume_id}}
    return pod(name, on=on, volumes=[disk], **more)
