"""``efadoctor`` alone: in a terminal the TUI on what is pending, else ``diagnose -A``."""

from __future__ import annotations

from functools import partial

from efadoctor.cli import diagnose_command, terminal
from efadoctor.cli.arguments import Arguments
from efadoctor.cli.sources import follow_live, read_snapshot


def run(arguments: Arguments) -> int:
    """Everything that is pending, in the namespace that is named, else in the cluster."""
    if arguments.namespace is None:
        arguments.all_namespaces = True
    if terminal.is_terminal() and not arguments.output:
        return _show(arguments)
    return diagnose_command.run(arguments)


def _show(arguments: Arguments) -> int:
    from efadoctor.tui import open_live, open_snapshot  # textual, for who looks
    from efadoctor.tui.reading import followed

    no_color = arguments.no_color
    if arguments.bundle is not None:
        open_snapshot(read_snapshot(arguments), None, arguments.bundle, no_color=no_color)
        return 0
    title = arguments.context or "current context"
    read = followed(partial(follow_live, arguments))
    open_live(read, None, title, namespace=arguments.namespace, no_color=no_color)
    return 0
