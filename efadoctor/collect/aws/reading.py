"""Asks AWS what a question needs, in three waves: each takes its names from the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from efadoctor.collect.aws.account import Account, NotThereError
from efadoctor.collect.aws.pool_types import launchable
from efadoctor.collect.aws.reads import AWS_READS, source
from efadoctor.collect.aws.wanted import Wanted
from efadoctor.collect.crew import Crew
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.redact import strip_launch_template, strip_tags
from efadoctor.collect.request import Progress
from efadoctor.model import aws
from efadoctor.model.decoding import Decoded
from efadoctor.model.karpenter import NodePool, SelectorTerm

FILTER_VALUES = 200
"""Values that one EC2 filter takes
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html)."""

MANY_ENTRIES = 30
"""Access entries up to which all are described; beyond it only those of roles in question."""

TYPES_AT_ONCE = 100
"""Instance types that are described at a time: a page, so that pages come beside each other."""

FEW_GROUPS = 50
"""Auto Scaling groups that are asked for at a time, of the 100 on a page."""

RECENT_ACTIVITIES = 20
"""Scaling activities of a group that are looked at: the newest come first."""

_TEMPLATE_TAG = "aws:ec2launchtemplate:id"
_GROUP_TAG = "aws:autoscaling:groupName"
_NAMING = ("eks/describe-nodegroup", "ec2/describe-instances")
"""What names Auto Scaling groups and launch templates."""

Task = Callable[[], object]
Filters = list[dict[str, Any]]


class AwsReading:
    """One reading. ``run`` does it; what fails is a gap of its source."""

    def __init__(self, account: Account, wanted: Wanted, harvest: Harvest, crew: Crew) -> None:
        self._account = account
        self._wanted = wanted
        self._harvest = harvest
        self._crew = crew

    def run(self) -> None:
        """Reads everything; what is still missing at the deadline is a gap too."""
        waves = (self._first, self._second, self._third)
        for wave in waves:
            if not self._crew.all(list(wave())):
                break
        told = {g.source for g in self._harvest.gaps}
        why = "what it needs was not read" if self._wanted.cluster else "no cluster name is known"
        for name in AWS_READS:
            if not self._harvest.was_read(name) and name not in told:
                self._harvest.fail(name, ReadFailureError(f"not asked: {why}"))

    # ---- what can be asked at once ------------------------------------------

    def _first(self) -> Iterator[Task]:
        want = self._wanted
        yield partial(self._call, "ec2/describe-placement-groups")
        yield partial(self._call, "ec2/describe-capacity-reservations")
        yield partial(self._call, "ec2/describe-availability-zones")
        zone = {"LocationType": "availability-zone"}
        yield partial(self._call, "ec2/describe-instance-type-offerings", **zone)
        efa = [_filter("network-info.efa-supported", ["true"])]
        yield partial(
            self._call,
            "ec2/describe-instance-types",
            part="network-info.efa-supported",
            Filters=efa,
        )
        yield partial(self._filtered, "ec2/describe-instance-types", "instance-type", want.types)
        yield partial(self._filtered, "ec2/describe-instances", "instance-id", want.instances)
        if want.cluster:
            yield partial(self._call, "eks/describe-cluster", name=want.cluster)
            in_cluster = {"clusterName": want.cluster}
            yield partial(self._call, "eks/list-nodegroups", **in_cluster)
            yield partial(self._call, "eks/list-access-entries", **in_cluster)

    # ---- what needs instances and the cluster -------------------------------

    def _second(self) -> Iterator[Task]:
        instances = self._instances()
        ids = _names(i.instance_id for i in instances) or self._wanted.instances
        yield partial(
            self._filtered, "ec2/describe-network-interfaces", "attachment.instance-id", ids
        )
        yield self._node_groups
        yield self._roles
        yield self._subnets
        yield self._grouped_instances
        for chunk in _chunks(self._launchable_types(), TYPES_AT_ONCE):
            yield partial(
                self._filtered, "ec2/describe-instance-types", "instance-type", tuple(chunk)
            )

    def _launchable_types(self) -> tuple[str, ...]:
        """What NodePools may launch and is not known yet: EC2 has a thousand other types."""
        offered = self._harvest.views("aws/ec2/describe-instance-type-offerings")
        pools: tuple[NodePool, ...] = self._harvest.views("cluster/nodepools.karpenter.sh")
        known = {t.instance_type for t in self._harvest.views("aws/ec2/describe-instance-types")}
        return launchable(_names({o.instance_type for o in offered} - known), pools)

    def _grouped_instances(self) -> None:
        """What runs in the placement groups that are this cluster's, for nothing else says
        which zone a group is in, or that it is not used.
        """
        groups: tuple[aws.PlacementGroup, ...]
        groups = self._harvest.views("aws/ec2/describe-placement-groups")
        mine = _names(g.group_name for g in groups if self._is_mine(g))
        if mine:
            self._filtered("ec2/describe-instances", "placement-group-name", mine)

    def _is_mine(self, group: aws.PlacementGroup) -> bool:
        if {group.group_name, group.group_id} & set(self._wanted.placement_groups):
            return True
        cluster = self._wanted.cluster
        of_name = bool(cluster) and str(cluster) in group.group_name
        return of_name or any(self._wanted.is_telling(tag) for tag in group.tags)

    def _node_groups(self) -> None:
        name = "eks/describe-nodegroup"
        if not self._harvest.was_read("aws/eks/list-nodegroups"):
            return
        groups = self._harvest.views("aws/eks/list-nodegroups")
        of = {"clusterName": self._wanted.cluster}
        self._each(name, None, [{**of, "nodegroupName": g.name} for g in groups])

    def _roles(self) -> None:
        """The roles that nodes have, and what lets them into the cluster."""
        arns = (i.iam_instance_profile.arn for i in self._instances() if i.iam_instance_profile)
        names = _names({*self._wanted.profiles, *(a.rpartition("/")[2] for a in arns)})
        calls = [{"InstanceProfileName": name} for name in names]
        self._each("iam/get-instance-profile", "InstanceProfileName in question", calls)
        self._access_entries()

    def _access_entries(self) -> None:
        name = "eks/describe-access-entry"
        if not self._harvest.was_read("aws/eks/list-access-entries"):
            return
        arns = [e.arn for e in self._harvest.views("aws/eks/list-access-entries")]
        part = None
        if len(arns) > MANY_ENTRIES:
            profiles = self._harvest.views("aws/iam/get-instance-profile")
            roles = {r.role_name for p in profiles for r in p.roles} | set(self._wanted.roles)
            arns = [a for a in arns if a.rpartition("/")[2] in roles]
            part = "principalArn in question"
        of = {"clusterName": self._wanted.cluster}
        self._each(name, part, [{**of, "principalArn": arn} for arn in arns])

    def _subnets(self) -> None:
        """All subnets of the VPC: where none is in a zone is a question too."""
        name = "ec2/describe-subnets"
        vpcs = _names(
            [*(c.resources_vpc_config.vpc_id for c in self._clusters()), *self._instance_vpcs()]
        )
        if vpcs:
            self._filtered(name, "vpc-id", vpcs)
            return
        ids = {*self._wanted.subnets, *(i.subnet_id for i in self._instances())}
        self._filtered(name, "subnet-id", _names(ids))
        for filters in _of_terms(self._wanted.subnet_terms, "subnet-id"):
            self._call(name, part="tags in question", Filters=filters)

    def _instance_vpcs(self) -> Iterable[str]:
        return (i.vpc_id for i in self._instances())

    # ---- what needs node groups ---------------------------------------------

    def _third(self) -> Iterator[Task]:
        yield self._scaling_groups
        yield self._launch_templates
        yield self._security_groups
        yield self._instance_types

    def _instance_types(self) -> None:
        """Types of node groups and launch templates, as far as they are not known by now."""
        groups: tuple[aws.NodeGroup, ...] = self._harvest.views("aws/eks/describe-nodegroup")
        known = {t.instance_type for t in self._harvest.views("aws/ec2/describe-instance-types")}
        types = {t for g in groups for t in g.instance_types} | {
            i.instance_type for i in self._instances()
        }
        self._filtered("ec2/describe-instance-types", "instance-type", _names(types - known))

    def _scaling_groups(self) -> None:
        groups: tuple[aws.NodeGroup, ...] = self._harvest.views("aws/eks/describe-nodegroup")
        names = {g.name for n in groups for g in n.resources.auto_scaling_groups}
        names |= {t.value for i in self._instances() for t in i.tags if t.key == _GROUP_TAG}
        wanted = _names(names)
        part = "AutoScalingGroupName in question"
        chunks = [{"AutoScalingGroupNames": c} for c in _chunks(wanted, FEW_GROUPS)]
        self._each("autoscaling/describe-auto-scaling-groups", part, chunks, _NAMING)
        newest = {"PaginationConfig": {"MaxItems": RECENT_ACTIVITIES}}
        of_each = [{"AutoScalingGroupName": n, **newest} for n in wanted]
        self._each("autoscaling/describe-scaling-activities", part, of_each, _NAMING)

    def _launch_templates(self) -> None:
        groups: tuple[aws.NodeGroup, ...] = self._harvest.views("aws/eks/describe-nodegroup")
        versions = {
            (g.launch_template.id, g.launch_template.version or "$Default")
            for g in groups
            if g.launch_template is not None
        }
        tags = (t.value for i in self._instances() for t in i.tags if t.key == _TEMPLATE_TAG)
        versions |= {(t, "$Default") for t in tags}
        self._each(
            "ec2/describe-launch-template-versions",
            "LaunchTemplateId in question",
            [{"LaunchTemplateId": t, "Versions": [v]} for t, v in sorted(versions) if t],
            _NAMING,
        )

    def _security_groups(self) -> None:
        ids = _names(self._group_ids())
        self._filtered("ec2/describe-security-groups", "group-id", ids)
        of_cluster = _tagged_for(self._wanted.cluster) if self._wanted.cluster else ()
        for filters in _of_terms((*self._wanted.group_terms, *of_cluster), "group-id"):
            self._call("ec2/describe-security-groups", part="tags in question", Filters=filters)
        found = self._harvest.views("aws/ec2/describe-security-groups")
        every = _names({*ids, *(g.group_id for g in found)})
        self._filtered("ec2/describe-security-group-rules", "group-id", every)

    def _group_ids(self) -> Iterator[str]:
        yield from self._wanted.groups
        for instance in self._instances():
            for attached in instance.network_interfaces:
                yield from (g.group_id for g in attached.groups)
        for interface in self._harvest.views("aws/ec2/describe-network-interfaces"):
            yield from (g.group_id for g in interface.groups)
        for cluster in self._clusters():
            config = cluster.resources_vpc_config
            yield from (*config.security_group_ids, config.cluster_security_group_id)
        for version in self._harvest.views("aws/ec2/describe-launch-template-versions"):
            template = version.launch_template_data
            yield from template.security_group_ids
            yield from (g for i in template.network_interfaces for g in i.groups)

    # ---- calling ------------------------------------------------------------

    def _instances(self) -> list[aws.Instance]:
        found = self._harvest.views("aws/ec2/describe-instances")
        return [i for reservation in found for i in reservation.instances]

    def _clusters(self) -> tuple[aws.Cluster, ...]:
        return self._harvest.views("aws/eks/describe-cluster")

    def _filtered(self, name: str, key: str, values: tuple[str, ...]) -> None:
        """The things whose attribute is one of the values, so many at a time."""
        filters = [{"Filters": [_filter(key, c)]} for c in _chunks(values, FILTER_VALUES)]
        self._each(name, f"{key} in question", filters)

    def _each(
        self,
        name: str,
        part: str | None,
        calls: Sequence[dict[str, Any]],
        needs: tuple[str, ...] = (),
    ) -> None:
        """One operation for each set of parameters; for none it is read and empty.

        ``needs`` are the sources that name them: without those nobody knows whether any.
        """
        if not calls and all(self._harvest.was_read(f"aws/{n}") for n in needs):
            self._harvest.add(f"aws/{name}", Decoded(), part=part, more=True)
        for parameters in calls:
            self._call(name, part=part, **parameters)

    def _call(self, operation: str, /, part: str | None = None, **parameters: Any) -> None:
        """One call. What is asked for by name and is not there is read: there is none."""
        of = source(operation)
        try:
            found = self._account.call(of, **parameters)
        except NotThereError:
            found = Decoded()
        except ReadFailureError as failure:
            self._harvest.fail(of.name, failure)
            return
        for view in found.views:
            strip_tags(view, self._wanted.is_telling)
            if isinstance(view, aws.LaunchTemplateVersion):
                strip_launch_template(view)
        self._harvest.add(of.name, found, part=part, more=True)
        count = len(self._harvest.views(of.name))
        self._harvest.saw(Progress(of.name, count, done=True, origin=self._account.region or ""))


def _filter(key: str, values: Iterable[str]) -> dict[str, Any]:
    return {"Name": key, "Values": list(values)}


def _of_terms(terms: Iterable[SelectorTerm], id_key: str) -> Iterator[Filters]:
    """Filters that select what a NodeClass's terms do (``*`` stands for any value)."""
    for term in dict.fromkeys(_key_of(t) for t in terms):
        identifier, name, tags = term
        filters = [
            _filter("tag-key", [k]) if v == "*" else _filter(f"tag:{k}", [v]) for k, v in tags
        ]
        if identifier:
            filters.append(_filter(id_key, [identifier]))
        if name:
            filters.append(_filter("group-name", [name]))
        if filters:
            yield filters


def _tagged_for(cluster: str) -> tuple[SelectorTerm, ...]:
    """The tags that EKS, Karpenter's guides and cloud providers give to a cluster's own."""
    return (
        SelectorTerm(tags={"aws:eks:cluster-name": cluster}),
        SelectorTerm(tags={"karpenter.sh/discovery": cluster}),
        SelectorTerm(tags={f"kubernetes.io/cluster/{cluster}": "*"}),
    )


def _key_of(term: SelectorTerm) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return term.id, term.name, tuple(sorted(term.tags.items()))


def _names(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({n for n in found if n}))


def _chunks(values: tuple[str, ...], size: int) -> Iterator[list[str]]:
    return (list(values[at : at + size]) for at in range(0, len(values), size))
