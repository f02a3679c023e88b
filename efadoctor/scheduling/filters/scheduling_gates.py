"""SchedulingGates: a pod with gates is not even queued.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go
"""

from efadoctor.model.kubernetes import Pod
from efadoctor.scheduling.refusals import Gated, Plugin, Refusal

REASON = "waiting for scheduling gates: [{gates}]"


def refusals(pod: Pod) -> tuple[Refusal, ...]:
    """One refusal that names all gates, none for a pod without."""
    gates = tuple(gate.name for gate in pod.spec.scheduling_gates)
    if not gates:
        return ()
    reason = REASON.format(gates=" ".join(gates))
    return (Gated(plugin=Plugin.SCHEDULING_GATES, reason=reason, gates=gates),)
