"""Reads into the harvest: each failure a gap, each list read in part declared as such."""

from __future__ import annotations

from urllib.parse import quote

from efadoctor.collect.failure import ReadFailureError
from efadoctor.collect.harvest import Harvest
from efadoctor.collect.kube.connection import Connection, Query
from efadoctor.collect.kube.discovery import Served
from efadoctor.collect.kube.listing import Keep, Listed, read_list, read_object
from efadoctor.collect.kube.reads import KUBERNETES_READS, Verb, path_of
from efadoctor.model.coverage import CoverageStatus
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import KubernetesSource

NOT_FOUND = 404
FORBIDDEN = 403


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
            if failure.http_status == NOT_FOUND and self.served.known:
                # its group is served and the kind is not: there are none of it
                listed = None
            else:
                self.harvest.fail(source.name, _explained(failure, source, self.served), declared)
                return None
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
        except ReadFailureError as failure:
            if failure.http_status != NOT_FOUND:
                self.harvest.fail(source.name, failure, where)
                return None
            found = Decoded()
        self.harvest.add(source.name, found, part=where)
        return found

    def _version(self, source: KubernetesSource, verb: Verb) -> str | None:
        if verb not in KUBERNETES_READS[source.name].verbs:
            raise AssertionError(f"{verb.value} of {source.name} is not declared in reads.py")
        return self.served.version(source)


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
