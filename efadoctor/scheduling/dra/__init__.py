"""Dynamic resource allocation: which devices a ResourceClaim can get on a node.

``objects`` are the parts of claims, slices and classes that matter, ``pools`` gathers the
devices that a node reaches, ``counters`` and ``amounts`` say what is left of devices that are
parts of one another or shared, ``selection`` and ``cel`` which of them a request means,
``constraints`` which may come together, ``holdings`` keeps the account and ``allocation`` tries
to hand them out. ``extended`` are extended resources that a class stands behind.
https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
"""
