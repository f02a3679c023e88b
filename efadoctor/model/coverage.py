"""How far the facts were read, and what could not be."""

from enum import Enum

from efadoctor.model.structs import View


class CoverageStatus(Enum):
    READ = "read"
    PARTIAL = "partial"
    DENIED = "denied"
    ABSENT = "absent"
    ERROR = "error"


class Coverage(View):
    """How far one source was read."""

    source: str
    status: CoverageStatus
    detail: str = ""


class Gap(View):
    """Something that could not be read: a source, or one object of it."""

    source: str
    reason: str
    status: CoverageStatus = CoverageStatus.ERROR
    place: str = ""


class Partial(View):
    """A list that was read in part: only the objects that the field selector names."""

    source: str
    field_selector: str = ""
