"""Reads a command line. A mistake is a UsageError that names the nearest right word."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import NoReturn

from efadoctor.cli.arguments import Arguments, Run
from efadoctor.cli.commands import BARE, COMMANDS, Command
from efadoctor.model.errors import UsageError
from efadoctor.version import __version__

_NARROWEST = 20
EXIT_STATUSES = (
    "exit status: 0 nothing blocks it, 1 a problem was found and named, 2 wrong usage or "
    "unreadable input, 3 could not tell, 130 interrupted"
)


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ({self.prog} --help)")

    def options(self) -> tuple[str, ...]:
        """Every option that this parser knows."""
        return tuple(self._option_string_actions)

    def options_with_a_value(self) -> frozenset[str]:
        """Those whose next word is theirs."""
        own = (action for action in self._actions if action.nargs is None)
        return frozenset(option for action in own for option in action.option_strings)


def program() -> str:
    """How we were called: as ourselves, or as kubectl's plugin."""
    called = Path(sys.argv[0]).name if sys.argv else ""
    return "kubectl efadoctor" if called.startswith("kubectl-") else "efadoctor"


def parse(argv: Sequence[str]) -> tuple[Arguments, Run]:
    """What the line says and the command that it asks for. Raises UsageError, SystemExit."""
    name, rest = _split(argv)
    if name is None:
        _top_parser().parse_known_args([a for a in rest if a in ("-h", "--help", "--version")])
        return _parsed(BARE, rest), BARE.runner()
    command = COMMANDS.get(name)
    if command is None:
        raise UsageError(f"unknown command {name!r}{nearest(name, COMMANDS)} (efadoctor --help)")
    return _parsed(command, rest), command.runner()


def nearest(word: str, words: Iterable[str], likeness: float = 0.6) -> str:
    """``; did you mean …?`` where a word is as near as this (0 to 1), else nothing."""
    known = list(words)
    begun = [w for w in known if word and w.startswith(word)]
    near = begun or get_close_matches(word, known, n=1, cutoff=likeness)
    return f"; did you mean {near[0]}?" if near else ""


def _split(argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """The command and the rest: options may stand before it, as in kubectl."""
    valued = _parser(BARE).options_with_a_value()
    skip = False
    for place, word in enumerate(argv):
        if skip:
            skip = False
        elif word == "--":
            break
        elif not word.startswith("-") or word == "-":
            return word, [*argv[:place], *argv[place + 1 :]]
        else:
            skip = word in valued
    return None, list(argv)


def _parsed(command: Command, words: Sequence[str]) -> Arguments:
    parser = _parser(command)
    arguments, extra = parser.parse_known_args(words, Arguments())
    if extra:
        raise UsageError(_unexpected(extra[0], parser))
    return arguments


def _unexpected(word: str, parser: Parser) -> str:
    if not word.startswith("-"):
        return f"unexpected argument {word!r} ({parser.prog} --help)"
    option = word.partition("=")[0]
    return f"unknown option {option}{nearest(option, parser.options())} ({parser.prog} --help)"


def _parser(command: Command) -> Parser:
    name = f"{program()} {command.name}".rstrip()
    parser = Parser(
        prog=name,
        description=f"{command.help[:1].upper()}{command.help[1:].rstrip('.')}.",
        epilog=_epilog(command),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    command.add_arguments(parser)
    return parser


def _epilog(command: Command, more: str = "") -> str:
    """What stands below the options: lines that show the command, and how it ends."""
    width = max(get_terminal_size().columns - 2, _NARROWEST)
    lines = [f"  {program()} {example}" for example in command.examples]
    ends = fill(f"{more}{EXIT_STATUSES}", width, break_on_hyphens=False)
    return "\n".join(["examples:", *lines, "", ends])


def _top_parser() -> Parser:
    listed = "\n".join(f"  {c.name:<16}{c.help}" for c in COMMANDS.values())
    parser = Parser(
        prog=program(),
        usage=f"{program()} [COMMAND] [OPTIONS]",
        description=f"{BARE.help}\n\ncommands:\n{listed}",
        epilog=_epilog(BARE, f"{program()} COMMAND --help says more; "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"efadoctor {__version__}")
    return parser
