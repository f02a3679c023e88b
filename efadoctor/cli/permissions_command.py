"""``efadoctor permissions``: the rights that it takes, ready to apply."""

from __future__ import annotations

from efadoctor.cli import terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.parsing import nearest
from efadoctor.collect.permissions import iam, rbac
from efadoctor.model.errors import UsageError

_KINDS = {"rbac": rbac, "iam": iam}


def run(arguments: Arguments) -> int:
    """Print one of them as it is, or both with a line above each that says what to do with it."""
    asked = arguments.permissions
    if asked is None:
        terminal.put(f"# efadoctor permissions rbac | kubectl apply -f -\n{_ended(rbac())}\n")
        terminal.put(f"# efadoctor permissions iam > policy.json\n{_ended(iam())}")
        return 0
    if asked not in _KINDS:
        raise UsageError(f"no permissions {asked!r}{nearest(asked, _KINDS)} (one of rbac, iam)")
    terminal.put(_ended(_KINDS[asked]()))
    return 0


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
