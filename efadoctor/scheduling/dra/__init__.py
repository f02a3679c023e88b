"""Dynamic resource allocation: which devices a ResourceClaim can get on a node.

``objects`` are the parts of claims, slices and classes that matter, ``cel`` evaluates the
expressions that select devices, ``pools`` gathers the devices that a node reaches and
``allocation`` tries to hand them out. As much of it as EFA's driver needs: a device is
allocated whole, so shared counters and consumable capacity are not looked at.
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""
