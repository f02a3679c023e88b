"""The parts in which pods are listed: by the node that they are bound to.

A part is written as the API server takes it
(https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/), or, where
every pod was looked at and those of some nodes were kept, as no server would.
"""

UNBOUND = "spec.nodeName="
BOUND = "spec.nodeName!="

OF_NO_NODE = "spec.nodeName in ()"
"""No node was in question, so no bound pod was read."""


def of_node(name: str) -> str:
    """The pods bound to one node."""
    return f"spec.nodeName={name}"


def kept_of(nodes: int, every: int) -> str:
    """The pods of so many nodes out of every node's."""
    return f"spec.nodeName in ({nodes} of {every} nodes)"


def is_kept(part: str) -> bool:
    """Whether a part is what ``kept_of`` writes."""
    return part.startswith("spec.nodeName in (") and part != OF_NO_NODE
