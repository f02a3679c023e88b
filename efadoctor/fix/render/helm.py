"""Chart values as a ``helm upgrade`` (https://helm.sh/docs/helm/helm_upgrade/)."""

from __future__ import annotations

from efadoctor.fix.render.shell import Shell, compact, line
from efadoctor.model.fix import ChartValues


def helm_line(change: ChartValues, shell: Shell, *, dry_run: bool = False) -> str:
    """Keeps the release's other values, and its chart at the version that is installed."""
    words = ["helm", *(["--kube-context", shell.context] if shell.context else [])]
    words += ["upgrade", change.release, change.chart, "-n", change.namespace]
    if change.repository:
        words += ["--repo", change.repository]
    if change.version:
        words += ["--version", change.version]
    words.append("--reuse-values")
    for key, value in change.values.items():
        words += ["--set-json", f"{key}={compact(value)}"]
    return line([*words, *(["--dry-run"] if dry_run else [])])
