"""What can go wrong, as one small tree.

EfadoctorError                 anything that ends a command with a message
├── UsageError                 the command line or an option is wrong            (exit 2)
├── UnreadableInputError       a bundle, manifest or file cannot be used         (exit 2)
│   └── SubjectNotFoundError   the pod or owner asked for is not in the snapshot (exit 2)
├── UnreachableError           the cluster or AWS cannot be asked                (exit 3)
└── PackError                  a check pack is wrong: unknown name, cycle, duplicate code

InvalidQuantityError and InvalidPatchError are values of the wrong form inside one
object; they never end a run, the object becomes a gap.
"""

from efadoctor.model.exit_status import ExitStatus


class EfadoctorError(Exception):
    """Anything that ends a command with a message and an exit status."""

    exit_status = ExitStatus.WRONG_USE


class UsageError(EfadoctorError):
    """The command line or an option is wrong."""


class UnreadableInputError(EfadoctorError):
    """A bundle, manifest or file cannot be used at all."""


class SubjectNotFoundError(UnreadableInputError):
    """The pod or owner that was asked for is not in the snapshot."""


class UnreachableError(EfadoctorError):
    """The cluster or AWS cannot be asked."""

    exit_status = ExitStatus.COULD_NOT_TELL


class PackError(EfadoctorError):
    """A check pack is wrong: an unknown name, a cycle, a code that is taken."""


class InvalidQuantityError(ValueError):
    """A text that Kubernetes would not accept as a quantity."""


class InvalidPatchError(ValueError):
    """A patch that does not fit the object it is aimed at."""
