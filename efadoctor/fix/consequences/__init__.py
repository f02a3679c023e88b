"""What a cluster does by itself once something has changed: one rule a file.

Each rule looks at one change and says what its controller does next; ``settle`` runs them
until nothing more happens. A rule never acts on what the change did not touch, so a
snapshot stays as it was read but for what follows from the fix.
"""

from __future__ import annotations

from collections.abc import Callable

from efadoctor.fix.change import Change
from efadoctor.fix.consequences.daemon_pods import daemon_pods
from efadoctor.fix.consequences.device_plugins import device_plugins
from efadoctor.fix.consequences.feature_discovery import feature_discovery
from efadoctor.fix.consequences.gone_machines import gone_machines
from efadoctor.fix.consequences.group_machines import group_machines
from efadoctor.fix.consequences.node_taints import node_taints
from efadoctor.fix.consequences.pool_readiness import pool_readiness
from efadoctor.fix.consequences.pool_usage import pool_usage
from efadoctor.fix.consequences.registration import registration
from efadoctor.fix.consequences.replaced_pods import replaced_pods
from efadoctor.fix.consequences.resource_claims import resource_claims
from efadoctor.model.snapshot import Snapshot

Rule = Callable[[Change, Snapshot], Change]
"""From a change, and the snapshot as it was read, to what follows from it."""

RULES: tuple[Rule, ...] = (
    group_machines,
    gone_machines,
    pool_usage,
    replaced_pods,
    resource_claims,
    node_taints,
    pool_readiness,
    registration,
    daemon_pods,
    feature_discovery,
    device_plugins,
)

_ROUNDS = 8


def settle(change: Change, as_read: Snapshot) -> Change:
    """The change with everything that follows from it."""
    whole, latest = change, change
    for _ in range(_ROUNDS):
        after = latest.after
        following = Change.of(after)
        for rule in RULES:
            seen = Change(
                before=latest.before,
                after=following.after,
                replaced=latest.replaced,
                removed=latest.removed,
            )
            following = following.then(rule(seen, as_read))
        if following.is_empty:
            break
        whole, latest = whole.then(following), following
    return whole


__all__ = ["RULES", "Rule", "settle"]
