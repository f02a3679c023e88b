"""A key for the cause, not for the pod: 64 pods of one job page once, today and tomorrow."""

from __future__ import annotations

from hashlib import sha256

from efadoctor.authoring import Case
from efadoctor.model.finding import Finding
from efadoctor.model.kubernetes import Pod
from efadoctor.model.reference import ObjectRef
from efadoctor.model.workloads import owners


def fingerprint(code: str, finding: Finding, case: Case) -> str:
    """Sixteen hex digits of the code, the object that must change, and the finding's key.

    A pod stands for its topmost owner, so that pods which come and go keep the key; API
    versions are left out, so that an upgrade keeps it too.
    """
    return fingerprint_of(code, _lasting(finding.object, case), finding.key)


def fingerprint_of(code: str, target: ObjectRef, key: str) -> str:
    """The digits of a code, an object that lasts, and a key."""
    group = target.api_version.rpartition("/")[0]
    parts = (code, group, target.kind, target.namespace, target.name, key)
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def _lasting(ref: ObjectRef, case: Case) -> ObjectRef:
    """What a pod comes from, be it the subject's or one that holds what the subject needs."""
    if ref == case.pod_ref:
        return case.owner or ref
    if ref.kind != "Pod":
        return ref
    pod = case.snapshot.find(ref)
    chain = owners(case.snapshot, pod) if isinstance(pod, Pod) else ()
    return chain[-1] if chain else ref
