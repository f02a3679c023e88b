"""Events."""

from efadoctor.model.kubernetes.meta import KubernetesObject
from efadoctor.model.structs import View


class ObjectReference(View):
    api_version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EventSource(View):
    component: str = ""


class EventSeries(View):
    count: int = 0
    last_observed_time: str | None = None


class Event(KubernetesObject):
    involved_object: ObjectReference = ObjectReference()
    reason: str = ""
    message: str = ""
    type: str = ""
    count: int | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None
