"""An API server on loopback that serves given objects: enough of one for every read we make.

Lists with limit and continue, field and label selectors, single objects, discovery, watches;
404, 403 and 410 in the API server's own words. Nothing can be written to it.
"""

from __future__ import annotations

import base64
import json
import queue
from collections.abc import Iterable, Iterator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from efadoctor.model.clock import parse_time
from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource

from .http import Asked, LoopbackServer, Reply

Object = dict[str, Any]

CONTEXT = "arn:aws:eks:us-west-2:111122223333:cluster/loop"

BUILT_IN = frozenset(
    {"", "apps", "batch", "storage.k8s.io", "scheduling.k8s.io", "resource.k8s.io"}
    | {"apiextensions.k8s.io"}
)


class KubernetesServer(LoopbackServer):
    """Serves ``objects`` by source name (``cluster/nodes``).

    Groups that hold nothing are served when they are built in. ``versions`` puts other
    versions in the place of a group's.
    """

    def __init__(
        self,
        objects: dict[str, list[Object]],
        *,
        version: str = "v1.36.2",
        now: str = "2026-11-20T09:30:00Z",
        context: str = CONTEXT,
        forbidden: Iterable[str] = (),
        versions: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(self.answer)
        self.objects = objects
        self.forbidden = set(forbidden)
        self.context = context
        self._version = version
        date = parse_time(now)
        assert date is not None, now
        self._date = format_datetime(date, usegmt=True)
        self._versions = versions or {}
        self._watchers: list[tuple[str, queue.SimpleQueue[Object | None]]] = []

    @classmethod
    def of_bundle(cls, bundle: Path, **options: Any) -> KubernetesServer:
        """The cluster that a bundle folder was taken from."""
        about = json.loads((bundle / "bundle.json").read_text())
        objects = {
            f"cluster/{file.stem}": json.loads(file.read_text())["items"]
            for file in sorted((bundle / "cluster").glob("*.json"))
        }
        said = {"version": about["server_version"], "now": about["created"]}
        return cls(objects, **said, context=about["context"], **options)

    # ---- answering ----------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        if asked.verb != "GET":
            return self._status(405, "MethodNotAllowed", f"{asked.verb} is not served")
        if asked.path == "/version":
            return self._json({"major": "1", "gitVersion": self._version})
        if asked.path == "/apis":
            return self._json(self._groups())
        found = self._resolve(asked.path)
        if found is None:
            return Reply(b"404 page not found\n", 404, self._headers(), "text/plain")
        source, namespace, name = found
        if source.name in self.forbidden:
            return self._forbidden(source, namespace)
        if name:
            return self._one(source, namespace, name)
        if asked.query.get("watch") in ("1", "true"):
            return self._watch(source, namespace)
        return self._list(source, namespace, asked.query)

    def _resolve(self, path: str) -> tuple[KubernetesSource, str, str] | None:
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "v1"]:
            group, version, rest = "", "v1", parts[2:]
        elif len(parts) > 3 and parts[0] == "apis":
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            return None
        namespace = ""
        if len(rest) > 2 and rest[0] == "namespaces":
            namespace, rest = rest[1], rest[2:]
        for source in KUBERNETES_SOURCES:
            if (source.group, source.plural) == (group, rest[0]):
                served = version in self._served(group) and self._has(source)
                return (source, namespace, rest[1] if len(rest) > 1 else "") if served else None
        return None

    def _has(self, source: KubernetesSource) -> bool:
        return source.name in self.objects or source.group in BUILT_IN

    def _served(self, group: str) -> list[str]:
        if group in self._versions:
            return self._versions[group]
        known = [s for s in KUBERNETES_SOURCES if s.group == group and self._has(s)]
        return sorted({s.version for s in known})

    def _groups(self) -> Object:
        names = sorted({s.group for s in KUBERNETES_SOURCES if s.group and self._has(s)})
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [
                {
                    "name": name,
                    "versions": [
                        {"groupVersion": f"{name}/{v}", "version": v} for v in self._served(name)
                    ],
                    "preferredVersion": {
                        "groupVersion": f"{name}/{self._served(name)[0]}",
                        "version": self._served(name)[0],
                    },
                }
                for name in names
            ],
        }

    # ---- objects ------------------------------------------------------------

    def _selected(
        self, source: KubernetesSource, namespace: str, query: dict[str, str]
    ) -> list[Object]:
        fields = _pairs(query.get("fieldSelector", ""))
        labels = _pairs(query.get("labelSelector", ""))
        return [
            o
            for o in self.objects.get(source.name, ())
            if (not namespace or o["metadata"].get("namespace") == namespace)
            and all(
                (str(_field(o, path.rstrip("!"))) == value) != path.endswith("!")
                for path, value in fields
            )
            and all(o["metadata"].get("labels", {}).get(k) == v for k, v in labels)
        ]

    def _list(self, source: KubernetesSource, namespace: str, query: dict[str, str]) -> Reply:
        items = self._selected(source, namespace, query)
        start = 0
        if token := query.get("continue"):
            start = int(base64.b64decode(token))
        limit = int(query.get("limit") or 0)
        if query.get("resourceVersion") == "0":
            limit = 0  # the cache knows no pages
        page = items[start : start + limit] if limit else items[start:]
        meta: Object = {"resourceVersion": "1000"}
        if limit and start + limit < len(items):
            meta["continue"] = base64.b64encode(str(start + limit).encode()).decode()
            meta["remainingItemCount"] = len(items) - start - limit
        return self._json(
            {
                "kind": f"{source.kind}List",
                "apiVersion": source.api_version,
                "metadata": meta,
                # items of a list say neither kind nor version
                "items": [
                    {k: v for k, v in o.items() if k not in ("kind", "apiVersion")} for o in page
                ],
            }
        )

    def _one(self, source: KubernetesSource, namespace: str, name: str) -> Reply:
        for found in self._selected(source, namespace, {}):
            if found["metadata"]["name"] == name:
                return self._json({**found, "kind": source.kind, "apiVersion": source.api_version})
        return self._status(404, "NotFound", f'{source.plural} "{name}" not found')

    # ---- watching -----------------------------------------------------------

    def change(self, source: str, kind: str, thing: Object) -> None:
        """Tells every watcher of a source; ``kind`` is ADDED, MODIFIED, DELETED or ERROR."""
        for watched, events in self._watchers:
            if watched == source:
                events.put({"type": kind, "object": thing})

    def watched(self) -> set[str]:
        return {name for name, _ in self._watchers}

    def end_watches(self) -> None:
        for _, events in self._watchers:
            events.put(None)
        self._watchers.clear()

    def _watch(self, source: KubernetesSource, namespace: str) -> Reply:
        events: queue.SimpleQueue[Object | None] = queue.SimpleQueue()
        self._watchers.append((source.name, events))

        def lines() -> Iterator[bytes]:
            while (event := events.get()) is not None:
                inside = event["object"].get("metadata", {}).get("namespace", "")
                if event["type"] == "ERROR" or not namespace or inside == namespace:
                    yield json.dumps(event).encode() + b"\n"

        return Reply(stream=lines(), headers=self._headers())

    # ---- replies ------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {"Date": self._date}

    def _json(self, thing: Object) -> Reply:
        return Reply(json.dumps(thing, separators=(",", ":")).encode(), headers=self._headers())

    def _status(self, code: int, reason: str, message: str) -> Reply:
        return status_reply(code, reason, message, self._headers())

    def _forbidden(self, source: KubernetesSource, namespace: str) -> Reply:
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        message = (
            f'{source.plural}{"." + source.group if source.group else ""} is forbidden: User "viewer"'
            f' cannot list resource "{source.plural}" in API group "{source.group}" {where}'
        )
        return self._status(403, "Forbidden", message)


def status_reply(
    code: int, reason: str, message: str = "", headers: dict[str, str] | None = None
) -> Reply:
    """A failure in the API server's own form."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message or reason,
        "reason": reason,
        "code": code,
    }
    return Reply(json.dumps(body).encode(), code, headers or {})


def _pairs(selector: str) -> list[tuple[str, str]]:
    parts = (p.partition("=") for p in selector.replace("==", "=").split(",") if p)
    return [(key, value) for key, _, value in parts]


def _field(thing: Object, path: str) -> Any:
    found: Any = thing
    for step in path.split("."):
        found = found.get(step, {}) if isinstance(found, dict) else {}
    return found if found != {} else ""


def kubeconfig(
    server: LoopbackServer, folder: Path, *, context: str = CONTEXT, **user: Any
) -> Path:
    """A kubeconfig that leads to the server, written to a folder."""
    name = context
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": server.url}}],
        "users": [{"name": "me", "user": user or {"token": "a-token"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    return path
