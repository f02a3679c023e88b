"""Asks AWS what a question needs, in three waves: each takes its names from the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from efadoctor.collect.aws import filters
from efadoctor.collect.aws.account import Account
from efadoctor.collect.aws.calls import Calls, chunks
from efadoctor.collect.aws.pool_types import launchable
from efadoctor.collect.aws.reads import AWS_READS
from efadoctor.collect.aws.wanted import Wanted, distinct
from efadoctor.collect.crew import Crew
from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.model import aws
from efadoctor.model.karpenter import NodePool

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


class AwsReading:
    """One reading. ``run`` does it; what fails is a gap of its source."""

    def __init__(self, account: Account, wanted: Wanted, harvest: Harvest, crew: Crew) -> None:
        self._calls = Calls(account, harvest, wanted.is_telling)
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
        want, call, filtered = self._wanted, self._calls.one, self._calls.filtered
        yield partial(call, "ec2/describe-placement-groups")
        yield partial(call, "ec2/describe-capacity-reservations")
        yield partial(call, "ec2/describe-availability-zones")
        zone = {"LocationType": "availability-zone"}
        yield partial(call, "ec2/describe-instance-type-offerings", **zone)
        with_efa = "network-info.efa-supported"
        yield partial(
            call,
            "ec2/describe-instance-types",
            part=with_efa,
            Filters=[filters.of_values(with_efa, ["true"])],
        )
        yield partial(filtered, "ec2/describe-instance-types", "instance-type", want.types)
        yield partial(filtered, "ec2/describe-instances", "instance-id", want.instances)
        if want.cluster:
            yield partial(call, "eks/describe-cluster", name=want.cluster)
            in_cluster = {"clusterName": want.cluster}
            yield partial(call, "eks/list-nodegroups", **in_cluster)
            yield partial(call, "eks/list-access-entries", **in_cluster)

    # ---- what needs instances and the cluster -------------------------------

    def _second(self) -> Iterator[Task]:
        filtered = self._calls.filtered
        ids = distinct(i.instance_id for i in self._instances()) or self._wanted.instances
        yield partial(filtered, "ec2/describe-network-interfaces", "attachment.instance-id", ids)
        yield self._node_groups
        yield self._roles
        yield self._subnets
        yield self._grouped_instances
        for chunk in chunks(self._launchable_types(), TYPES_AT_ONCE):
            yield partial(filtered, "ec2/describe-instance-types", "instance-type", tuple(chunk))

    def _launchable_types(self) -> tuple[str, ...]:
        """What NodePools may launch and is not known yet: EC2 has a thousand other types."""
        offered = self._harvest.views("aws/ec2/describe-instance-type-offerings")
        pools: tuple[NodePool, ...] = self._harvest.views("cluster/nodepools.karpenter.sh")
        names = {o.instance_type for o in offered} - self._known_types()
        return launchable(distinct(names), pools)

    def _grouped_instances(self) -> None:
        """What runs in the placement groups that are this cluster's, for nothing else says
        which zone a group is in, or that it is not used.
        """
        groups: tuple[aws.PlacementGroup, ...]
        groups = self._harvest.views("aws/ec2/describe-placement-groups")
        mine = distinct(g.group_name for g in groups if self._is_mine(g))
        if mine:
            self._calls.filtered("ec2/describe-instances", "placement-group-name", mine)

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
        self._calls.each(name, None, [{**of, "nodegroupName": g.name} for g in groups])

    def _roles(self) -> None:
        """The roles that nodes have, and what lets them into the cluster."""
        arns = (i.iam_instance_profile.arn for i in self._instances() if i.iam_instance_profile)
        names = distinct({*self._wanted.profiles, *(a.rpartition("/")[2] for a in arns)})
        calls = [{"InstanceProfileName": name} for name in names]
        self._calls.each("iam/get-instance-profile", "InstanceProfileName in question", calls)
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
        self._calls.each(name, part, [{**of, "principalArn": arn} for arn in arns])

    def _subnets(self) -> None:
        """All subnets of the VPC: where none is in a zone is a question too."""
        name = "ec2/describe-subnets"
        of_clusters = (c.resources_vpc_config.vpc_id for c in self._clusters())
        vpcs = distinct((*of_clusters, *(i.vpc_id for i in self._instances())))
        if vpcs:
            self._calls.filtered(name, "vpc-id", vpcs)
            return
        ids = {*self._wanted.subnets, *(i.subnet_id for i in self._instances())}
        self._calls.filtered(name, "subnet-id", distinct(ids))
        for term in filters.of_terms(self._wanted.subnet_terms, "subnet-id"):
            self._calls.one(name, part="tags in question", Filters=term)

    # ---- what needs node groups ---------------------------------------------

    def _third(self) -> Iterator[Task]:
        yield self._scaling_groups
        yield self._launch_templates
        yield self._security_groups
        yield self._instance_types

    def _instance_types(self) -> None:
        """Types of node groups and instances, as far as they are not known by now."""
        types = {t for g in self._groups() for t in g.instance_types}
        types |= {i.instance_type for i in self._instances()}
        types -= self._known_types()
        self._calls.filtered("ec2/describe-instance-types", "instance-type", distinct(types))

    def _scaling_groups(self) -> None:
        names = {g.name for n in self._groups() for g in n.resources.auto_scaling_groups}
        names |= {t.value for i in self._instances() for t in i.tags if t.key == _GROUP_TAG}
        wanted = distinct(names)
        part = "AutoScalingGroupName in question"
        few = [{"AutoScalingGroupNames": c} for c in chunks(wanted, FEW_GROUPS)]
        self._calls.each("autoscaling/describe-auto-scaling-groups", part, few, _NAMING)
        newest = {"PaginationConfig": {"MaxItems": RECENT_ACTIVITIES}}
        of_each = [{"AutoScalingGroupName": n, **newest} for n in wanted]
        self._calls.each("autoscaling/describe-scaling-activities", part, of_each, _NAMING)

    def _launch_templates(self) -> None:
        versions = {
            (g.launch_template.id, g.launch_template.version or "$Default")
            for g in self._groups()
            if g.launch_template is not None
        }
        tags = (t.value for i in self._instances() for t in i.tags if t.key == _TEMPLATE_TAG)
        versions |= {(t, "$Default") for t in tags}
        self._calls.each(
            "ec2/describe-launch-template-versions",
            "LaunchTemplateId in question",
            [{"LaunchTemplateId": t, "Versions": [v]} for t, v in sorted(versions) if t],
            _NAMING,
        )

    def _security_groups(self) -> None:
        ids = distinct(self._group_ids())
        self._calls.filtered("ec2/describe-security-groups", "group-id", ids)
        of_cluster = filters.tagged_for(self._wanted.cluster) if self._wanted.cluster else ()
        for term in filters.of_terms((*self._wanted.group_terms, *of_cluster), "group-id"):
            self._calls.one("ec2/describe-security-groups", part="tags in question", Filters=term)
        found = self._harvest.views("aws/ec2/describe-security-groups")
        every = distinct({*ids, *(g.group_id for g in found)})
        self._calls.filtered("ec2/describe-security-group-rules", "group-id", every)

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

    # ---- what is known so far -----------------------------------------------

    def _instances(self) -> list[aws.Instance]:
        found = self._harvest.views("aws/ec2/describe-instances")
        return [i for reservation in found for i in reservation.instances]

    def _clusters(self) -> tuple[aws.Cluster, ...]:
        return self._harvest.views("aws/eks/describe-cluster")

    def _groups(self) -> tuple[aws.NodeGroup, ...]:
        return self._harvest.views("aws/eks/describe-nodegroup")

    def _known_types(self) -> set[str]:
        return {t.instance_type for t in self._harvest.views("aws/ec2/describe-instance-types")}
