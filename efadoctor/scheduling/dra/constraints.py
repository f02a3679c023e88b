"""Constraints of a claim: devices that share an attribute, or that all differ in it.

They see devices come and go while ways to hand them out are tried. The scheduler remembers
of each request only the device that came last, and forgets a request as soon as one of its
devices goes: several devices of one request may have an attribute in common although they
should all differ. That is kept.
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/dynamic-resource-allocation/structured/internal/incubating/constraint.go
"""

from typing import Protocol

from efadoctor.scheduling.dra.objects import Attribute, DeviceConstraint
from efadoctor.scheduling.dra.pools import Offer


class Constraint(Protocol):
    """What is asked about every device that a request of the claim may get."""

    def add(self, name: str, offer: Offer) -> bool: ...

    def remove(self, name: str) -> None: ...


def constraint_of(written: DeviceConstraint) -> Constraint:
    """A constraint about no device yet."""
    return Same(written) if written.match_attribute is not None else Different(written)


class Same:
    """All devices share an attribute."""

    def __init__(self, written: DeviceConstraint) -> None:
        self._written = written
        self._value: Attribute | None = None
        self._devices = 0

    def add(self, name: str, offer: Offer) -> bool:
        if not _is_meant(self._written, name):
            return True
        found = _attribute(offer, self._written.match_attribute or "")
        if found is None or (self._devices > 0 and found != self._value):
            return False
        self._value = found
        self._devices += 1
        return True

    def remove(self, name: str) -> None:
        if _is_meant(self._written, name):
            self._devices -= 1


class Different:
    """All devices differ in an attribute, as far as the scheduler remembers them."""

    def __init__(self, written: DeviceConstraint) -> None:
        self._written = written
        self._values: dict[str, Attribute] = {}
        self._devices = 0

    def add(self, name: str, offer: Offer) -> bool:
        if not _is_meant(self._written, name):
            return True
        found = _attribute(offer, self._written.distinct_attribute or "")
        if found is None or (self._devices > 0 and found in self._values.values()):
            return False
        self._values[_request(name)] = found
        self._devices += 1
        return True

    def remove(self, name: str) -> None:
        if _is_meant(self._written, name):
            self._values.pop(_request(name), None)
            self._devices -= 1


def _request(name: str) -> str:
    """The request that an alternative belongs to."""
    return name.partition("/")[0]


def _is_meant(written: DeviceConstraint, name: str) -> bool:
    wanted = written.requests
    return not wanted or name in wanted or _request(name) in wanted


def _attribute(offer: Offer, name: str) -> Attribute | None:
    """A device's attribute by its full name; the driver's own may leave the domain out."""
    attributes = offer.device.attributes
    domain, _, plain = name.partition("/")
    return attributes.get(name) or (attributes.get(plain) if domain == offer.id[0] else None)
