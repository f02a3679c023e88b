"""Karpenter's side of scheduling: what it would launch for a pod, and why it would not.

``simulation`` asks every NodePool (``pools``) in Karpenter's order: ``attempt`` stops at the
first refusal and has Karpenter's words, ``judgement`` goes on and lists every blocker.
``wants`` is what the pod asks for, ``volumes`` and ``topology`` what follows from where others
are (``topology_groups`` the constraints, ``topology_counts`` their pods), ``filter`` what is
left of the types. ``aws_types`` and ``simulated_types`` are the two providers of types;
``vocabulary`` the labels they know. ``node`` is the node that would come.
"""

from efadoctor.scheduling.karpenter.judgement import PoolJudgement
from efadoctor.scheduling.karpenter.node import template_node
from efadoctor.scheduling.karpenter.simulation import Provisioning, provision

__all__ = ["PoolJudgement", "Provisioning", "provision", "template_node"]
