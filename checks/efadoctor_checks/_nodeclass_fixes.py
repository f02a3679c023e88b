"""What an EC2NodeClass's selectors nearly find, and the fixes of those that find nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import (
    AwsCall,
    Case,
    Evidence,
    EvidenceSource,
    Fix,
    ObjectRef,
    Risk,
    reference,
    set_field,
)
from efadoctor.model.aws import PlacementGroup, SecurityGroup, Subnet
from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.karpenter import EC2NodeClass, NodePool
from efadoctor.scheduling.spelling import nearest
from efadoctor_checks._nodeclass import Part, terms_of

_TAGGED: dict[Part, type[Subnet | SecurityGroup]] = {
    Part.SUBNETS: Subnet,
    Part.SECURITY_GROUPS: SecurityGroup,
}


class NearTerm(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a term that finds nothing, and the value that would find something."""

    path: FieldPath
    value: str
    right: str
    object: ObjectRef | None = None


def near_terms(case: Case, node_class: EC2NodeClass, part: Part) -> Iterator[NearTerm]:
    """What the selector of a part was nearly right about."""
    if part is Part.PLACEMENT_GROUP:
        yield from _near_group(case, node_class)
        return
    kind = _TAGGED.get(part)
    if kind is None or not case.snapshot.was_read(kind):
        return
    things = case.snapshot.all(kind)
    for index, term in enumerate(terms_of(part, node_class)):
        at = FieldPath.parse(part.value) / index
        for key, value in term.tags.items():
            known = {t.value: reference(x) for x in things for t in x.tags if t.key == key}
            right = nearest(value, known) if value not in known else None
            if right is not None:
                ref = known[right]
                yield NearTerm(path=at / "tags" / key, value=value, right=right, object=ref)
        ids = {reference(x).name: reference(x) for x in things}
        right = nearest(term.id, ids) if term.id and term.id not in ids else None
        if right is not None:
            yield NearTerm(path=at / "id", value=term.id, right=right, object=ids[right])


def _near_group(case: Case, node_class: EC2NodeClass) -> Iterator[NearTerm]:
    selector = node_class.spec.placement_group_selector
    if selector is None or not selector.name:
        return
    known = {g.group_name: reference(g) for g in case.snapshot.all(PlacementGroup)}
    right = nearest(selector.name, known) if selector.name not in known else None
    if right is not None:
        path = FieldPath.parse(Part.PLACEMENT_GROUP.value) / "name"
        yield NearTerm(path=path, value=selector.name, right=right, object=known[right])


def evidence(case: Case, node_class: EC2NodeClass, part: Part) -> Iterator[Evidence]:
    """The selector, and what comes nearest to it."""
    ref = reference(node_class)
    near = tuple(near_terms(case, node_class, part))
    for term in near:
        yield Evidence(object=ref, field=str(term.path), value=term.value, expected=term.right)
        if term.object is not None and term.object.kind != "PlacementGroup":
            yield Evidence(
                object=term.object,
                field="Tags" if "tags" in term.path.steps else _id_field(term.object),
                value=term.right,
                source=EvidenceSource.AWS,
            )
    if not near:
        uses_role = part is Part.INSTANCE_PROFILE and not node_class.spec.role
        field = "spec.instanceProfile" if uses_role else part.value
        value = _value(node_class, part)
        yield Evidence(object=ref, field=field, value=value)


def _id_field(ref: ObjectRef) -> str:
    return "SubnetId" if ref.kind == "Subnet" else "GroupId"


def _value(node_class: EC2NodeClass, part: Part) -> object:
    if part is Part.PLACEMENT_GROUP:
        return node_class.spec.placement_group_selector
    if part is Part.INSTANCE_PROFILE:
        return node_class.spec.role or node_class.spec.instance_profile
    return terms_of(part, node_class) or None


def fixes(case: Case, node_class: EC2NodeClass, part: Part, missing: str) -> Iterator[Fix]:
    """What makes the condition true: the term put right, else what the term looks for."""
    if missing:
        yield Fix(
            title=f"Allow Karpenter's role {missing}",
            unprovable="only AWS can tell what a role may do",
        )
        return
    for term in near_terms(case, node_class, part):
        yield Fix(
            title=f"Select {term.path.steps[-1]} {term.right} instead of {term.value}",
            edits=(set_field(node_class, term.path, term.right),),
            risk=Risk.SAFE,
        )
    group = node_class.spec.placement_group_selector
    if part is Part.PLACEMENT_GROUP and group is not None and group.name:
        call = AwsCall(
            service="ec2",
            operation="create-placement-group",
            parameters={"GroupName": group.name, "Strategy": "cluster"},
            duplicate_error="InvalidPlacementGroup.Duplicate",
        )
        yield Fix(title=f"Make the placement group {group.name}", edits=(call,))
    elif part in _TAGGED:
        yield from _tagging(case, node_class, part)
    elif part is Part.AMIS:
        yield _latest_ami(node_class)


def _tagging(case: Case, node_class: EC2NodeClass, part: Part) -> Iterator[Fix]:
    """Give what the cluster's other NodeClasses use the tags that this one looks for."""
    tags = next((t.tags for t in terms_of(part, node_class) if t.tags), None)
    ids = sorted(
        {
            found.id
            for other in case.snapshot.all(EC2NodeClass)
            for found in (
                other.status.subnets if part is Part.SUBNETS else other.status.security_groups
            )
        }
    )
    if not tags or not ids or any("*" in value for value in tags.values()):
        return
    call = AwsCall(
        service="ec2",
        operation="create-tags",
        parameters={
            "Resources": ids,
            "Tags": [{"Key": k, "Value": v} for k, v in tags.items()],
        },
    )
    what = "subnets" if part is Part.SUBNETS else "security groups"
    yield Fix(title=f"Tag the {what} of the other NodeClasses as this one wants", edits=(call,))


def _latest_ami(node_class: EC2NodeClass) -> Fix:
    return Fix(
        title="Select the newest AL2023 AMI of EKS",
        edits=(set_field(node_class, Part.AMIS.value, [{"alias": "al2023@latest"}]),),
        risk=Risk.REPLACES_NODES,
        warning="Nodes of this NodeClass drift with every new AMI; pin a version afterwards.",
        unprovable="only AWS can tell which AMIs an alias finds",
    )


def another_nodeclass(case: Case, pool: NodePool) -> Iterator[Fix]:
    """Refer to a NodeClass that exists: the one that is nearly so called, else the only one."""
    known = [c.metadata.name for c in case.snapshot.all(EC2NodeClass)]
    written = pool.spec.template.spec.node_class_ref.name
    right = nearest(written, known) or (known[0] if len(known) == 1 else None)
    if right is not None:
        yield Fix(
            title=f"Let NodePool {pool.metadata.name} use NodeClass {right}",
            edits=(set_field(pool, "spec.template.spec.nodeClassRef.name", right),),
            risk=Risk.REPLACES_NODES,
            warning="Nodes of the NodePool drift and are replaced.",
        )
