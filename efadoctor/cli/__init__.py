"""The command line.

Where things are: ``entry`` runs a command and turns whatever ends it into an exit status;
``commands`` is the table of commands; ``arguments`` has the options they share, ``parsing``
reads them and names the nearest where one is misspelled. One module a command. ``outputs``
is ``-o``, ``sources`` gets the snapshot, ``terminal`` knows where we are, ``talk`` is
standard error.

Nothing here imports more than argparse until a command runs: ``--help`` is asked for often.
"""

from efadoctor.cli.entry import main

__all__ = ["main"]
