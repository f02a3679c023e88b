"""stub"""

from efadoctor.model.karpenter import NodePool
from efadoctor.model.snapshot import Snapshot
from efadoctor.scheduling.karpenter.types import InstanceType


def ec2_types_of(snapshot: Snapshot, pool: NodePool) -> tuple[InstanceType, ...]:
    return ()
