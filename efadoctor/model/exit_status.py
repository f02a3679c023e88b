"""What the program ends with (docs/bots.md); imports nothing, so that ``--help`` is quick."""

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of the program."""

    NOTHING_BLOCKS = 0
    PROBLEM_NAMED = 1
    WRONG_USE = 2
    COULD_NOT_TELL = 3
    INTERRUPTED = 130
