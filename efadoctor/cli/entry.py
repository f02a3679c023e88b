"""Runs one command; whatever happens, one clear line and an exit status, never a traceback."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence

from efadoctor.cli.parsing import parse
from efadoctor.cli.talk import complain
from efadoctor.cli.terminal import put, ready_streams
from efadoctor.model.errors import EfadoctorError
from efadoctor.model.exit_status import ExitStatus

DEFECT = ExitStatus.COULD_NOT_TELL
"""A defect of ours ends like everything that could not be judged: it is neither a cause
found (1) nor the caller's mistake (2), and must not look like a pod that is well (0)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (without the program's name) and return the exit status."""
    atexit.register(gc.freeze)  # or the interpreter's last pass looks at all that was ever read
    ready_streams()
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except EfadoctorError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except SystemExit as leaving:  # argparse, after --help and --version
        return int(leaving.code or 0)
    except Exception as error:  # a traceback is a defect, whatever the input
        if os.environ.get("EFADOCTOR_DEBUG"):
            raise
        complain(
            f"defect in efadoctor: {type(error).__name__}: {error} "
            "(EFADOCTOR_DEBUG=1 shows the traceback)"
        )
        return DEFECT


def _run(argv: Sequence[str]) -> int:
    try:
        arguments, run = parse(argv)
        return run(arguments)
    finally:
        put("")  # argparse's own help is not flushed
