"""The doctor for Elastic Fabric Adapter (EFA) on Amazon EKS."""

from typing import TYPE_CHECKING, Any

from efadoctor.version import __version__

if TYPE_CHECKING:
    from efadoctor.diagnosis import diagnose
    from efadoctor.model.report import Report
    from efadoctor.model.snapshot import Snapshot
    from efadoctor.scheduling.daemonset import daemonset_nodes
    from efadoctor.scheduling.karpenter import provision
    from efadoctor.scheduling.prediction import predict

# Public names are handed out lazily, so that `import efadoctor` costs next to nothing.
_HOMES = {
    "Snapshot": "efadoctor.model.snapshot",
    "Report": "efadoctor.model.report",
    "diagnose": "efadoctor.diagnosis",
    "predict": "efadoctor.scheduling.prediction",
    "daemonset_nodes": "efadoctor.scheduling.daemonset",
    "provision": "efadoctor.scheduling.karpenter",
}

__all__ = [
    "Report",
    "Snapshot",
    "__version__",
    "daemonset_nodes",
    "diagnose",
    "predict",
    "provision",
]


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'efadoctor' has no attribute {name!r}") from None
    from importlib import import_module

    return getattr(import_module(home), name)
