"""The run-time half: whether EFA carries the traffic of a job that runs.

``observe`` reads what ``fi_info -p efa`` and NCCL (with ``NCCL_DEBUG=INFO``) printed,
``judge`` says what follows from it, ``fitted`` and ``manifests`` write a test pod and a
nccl-tests job that suit a cluster. Nothing here reaches a cluster or writes to one.

Where things are: ``lines`` cuts a stream, ``reading`` makes facts of lines, ``observations``
holds them, ``judgement`` and ``bandwidth`` say what they mean, ``fitting`` and ``manifests``
write the tests.
"""

from efadoctor.verify.fitting import Fit, fit_of_type, fitted
from efadoctor.verify.judgement import Answer, Expected, Statement, Verification, judge
from efadoctor.verify.manifests import manifests
from efadoctor.verify.observations import Observations
from efadoctor.verify.reading import observe

__all__ = [
    "Answer",
    "Expected",
    "Fit",
    "Observations",
    "Statement",
    "Verification",
    "fit_of_type",
    "fitted",
    "judge",
    "manifests",
    "observe",
]
