"""Reads into the harvest: each failure a gap, each list read in part declared as such."""

from __future__ import annotations

from urllib.parse import quote

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.connection import Connection, Query
from efadoctor.collect.kube.discovery import BUILT_IN, Served
from efadoctor.collect.kube.listing import Keep, Listed, read_list, read_object
from efadoctor.collect.kube.reads import KUBERNETES_READS, Verb, path_of
from efadoctor.collect.kube.refusal import NOT_FOUND, NoSuchObjectError
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import KubernetesSource


class Reader:
    """Lists and objects of one API server. Nothing here raises ReadFailureError."""

    def __init__(self, connection: Connection, served: Served, harvest: Harvest) -> None:
        self.connection = connection
        self.served = served
        self.harvest = harvest

    def list(  # noqa: PLR0913  (a kind, and four ways to narrow it)
        self,
        source: KubernetesSource,
        namespace: str = "",
        *,
        fields: str = "",
        labels: str = "",
        part: str | None = None,
        keep: Keep | None = None,
        cached: bool = False,
    ) -> Listed | None:
        """A list, whole or narrowed; None where it could not be read, which is then a gap.

        ``part`` declares what was read where that is not everything; a namespace and
        selectors declare themselves. ``cached`` lets the server answer from its memory.
        """
        declared = part if part is not None else _part(namespace, fields, labels)
        try:
            version = self._version(source, Verb.LIST)
            listed = None
            if version is not None:
                path = path_of(source, version, quote(namespace, safe=""))
                query = _query(fields, labels, cached=cached)
                saw = self.harvest.saw
                listed = read_list(self.connection, source, path, query, keep=keep, saw=saw)
        except ReadFailureError as failure:
            if not self._says_there_are_none(failure, source):
                self.harvest.fail(source.name, _explained(failure, source, self.served), declared)
                return None
            listed = None
        if listed is None:
            self.harvest.add(source.name, Decoded())
            return Listed(Decoded())
        self.harvest.add(source.name, listed.decoded, part=declared or None)
        return listed

    def get(self, source: KubernetesSource, name: str, namespace: str = "") -> Decoded | None:
        """One object, declared as a part; None where it could not be read.

        An object that is not there is no failure: the part is read and empty.
        """
        where = _part(namespace, f"metadata.name={name}", "")
        try:
            version = self._version(source, Verb.GET)
            if version is None:
                self.harvest.add(source.name, Decoded())
                return Decoded()
            path = path_of(source, version, quote(namespace, safe=""), quote(name, safe=""))
            found = read_object(self.connection, source, path)
            _check_name(found, name)
        except ReadFailureError as failure:
            not_there = failure.http_status == NOT_FOUND and self.served.known
            if not not_there and not isinstance(failure, NoSuchObjectError):
                self.harvest.fail(source.name, failure, where)
                return None
            found = Decoded()
        self.harvest.add(source.name, found, part=where)
        return found

    def _says_there_are_none(self, failure: ReadFailureError, source: KubernetesSource) -> bool:
        """Whether a failure means that this group is served and the kind is not."""
        may_lack = self.served.known and source.group not in BUILT_IN
        return may_lack and failure.http_status == NOT_FOUND

    def _version(self, source: KubernetesSource, verb: Verb) -> str | None:
        if verb not in KUBERNETES_READS[source.name].verbs:
            raise AssertionError(f"{verb.value} of {source.name} is not declared in reads.py")
        return self.served.version(source)


def _check_name(found: Decoded, name: str) -> None:
    """Raises ReadFailureError where an answer is no object, or not the one of this name."""
    if any(view.metadata.name == name for view in found.views):
        return
    for gap in found.gaps:
        raise ReadFailureError(f"the answer is damaged: {gap.reason}")
    raise ReadFailureError("the answer is not the object that was asked for")


def _part(namespace: str, fields: str, labels: str) -> str:
    """A selector in words of the API: what a namespace or a label selector leaves is said too."""
    inside = f"metadata.namespace={namespace}" if namespace else ""
    return ",".join(p for p in (inside, fields, labels) if p)


def _query(fields: str, labels: str, *, cached: bool) -> Query:
    pairs = (("fieldSelector", fields), ("labelSelector", labels))
    query = tuple((k, v) for k, v in pairs if v)
    return (*query, ("resourceVersion", "0")) if cached else query


def _explained(
    failure: ReadFailureError, source: KubernetesSource, served: Served
) -> ReadFailureError:
    """A 404 where discovery failed too: other versions may be there, nobody knows."""
    if failure.http_status != NOT_FOUND or served.known:
        return failure
    reason = f"not served as {source.api_version}; which versions are could not be read"
    return ReadFailureError(reason, CoverageStatus.ABSENT, NOT_FOUND)
