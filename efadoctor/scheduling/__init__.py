"""The rules of others, re-implemented and held against recordings of the real thing.

kube-scheduler: ``prediction`` asks, ``judgement`` runs one pod through the plugins in
``filters``, ``index`` is the cluster as they see it (``bound`` and ``crowds`` its pods),
``messages`` words the outcome, ``dra`` allocates devices. ``daemonset`` is the DaemonSet
controller, ``karpenter`` Karpenter's simulation. Pure functions over a snapshot: nothing in
here reads a file or a socket.
"""
