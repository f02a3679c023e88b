"""``efadoctor`` alone: off a terminal it is ``diagnose -A``."""

from __future__ import annotations

from efadoctor.cli import diagnose_command
from efadoctor.cli.arguments import Arguments


def run(arguments: Arguments) -> int:
    """Everything that is pending."""
    if arguments.namespace is None:
        arguments.all_namespaces = True
    return diagnose_command.run(arguments)
