"""What makes pods: DaemonSets, and every other owner."""

from efadoctor.model.kubernetes.meta import KubernetesObject
from efadoctor.model.kubernetes.pods import PodTemplate
from efadoctor.model.kubernetes.selectors import LabelSelector
from efadoctor.model.structs import Json, View


class UpdateStrategy(View):
    """How a changed template reaches the pods: ``RollingUpdate``, or ``OnDelete``."""

    type: str = "RollingUpdate"


class DaemonSetSpec(View):
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    update_strategy: UpdateStrategy = UpdateStrategy()


class DaemonSetStatus(View):
    desired_number_scheduled: int = 0
    current_number_scheduled: int = 0
    number_misscheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    updated_number_scheduled: int = 0
    observed_generation: int = 0


class DaemonSet(KubernetesObject):
    spec: DaemonSetSpec = DaemonSetSpec()
    status: DaemonSetStatus = DaemonSetStatus()


class Workload(KubernetesObject):
    """Anything that owns pods: Job, StatefulSet, Deployment, ReplicaSet, JobSet, MPIJob and so on.

    Their shapes differ, so ``spec`` is kept as written; ``model.workloads`` knows
    where each kind keeps its pod templates.
    """

    spec: Json = None
    status: Json = None
