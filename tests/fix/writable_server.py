"""An API server on loopback that kubectl can patch, delete and create in: enough for our lines.

It takes JSON patches and merge patches, lists the pods of a node, refuses a patch whose test fails as the real one does (422),
refuses immutable fields of pods and Jobs, and remembers what is in it.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonpatch
from collect.servers.http import Asked, LoopbackServer, Reply

from efadoctor.model.facts import KUBERNETES_SOURCES, KubernetesSource

Json = dict[str, Any]

Key = tuple[str, str, str, str]
"""Group, kind, namespace and name."""

_VERBS = ["get", "list", "create", "patch", "delete", "update"]


class WritableServer(LoopbackServer):
    """Holds objects by group, kind, namespace and name."""

    def __init__(self, objects: list[Json]) -> None:
        super().__init__(self.answer)
        self.objects = {_key(o): copy.deepcopy(o) for o in objects}

    def kubeconfig(self, folder: Path, context: str = "loop") -> Path:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u"}}],
        }
        path = folder / "kubeconfig"
        path.write_text(json.dumps(config))
        return path

    # ---- answering ----------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        if parts[0] in ("openapi", "version"):
            return self._about(parts)
        if parts == ["api"]:
            return _json({"kind": "APIVersions", "versions": ["v1"]})
        if parts == ["apis"]:
            return _json({"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()})
        group_version = "v1" if parts[0] == "api" else "/".join(parts[1:3])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        if not rest:
            return _json(_resources(group_version))
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        group = group_version.rpartition("/")[0]
        source = next(s for s in KUBERNETES_SOURCES if (s.group, s.plural) == (group, rest[0]))
        key = (source.group, source.kind, namespace, rest[1] if len(rest) > 1 else "")
        return self._act(asked, source, key)

    def _about(self, parts: list[str]) -> Reply:
        if parts[0] == "version":
            return _json({"major": "1", "minor": "36", "gitVersion": "v1.36.2"})
        if parts[:2] == ["openapi", "v3"]:
            return _json(_schema("/".join(parts[2:])))
        return Reply(b"404 page not found\n", 404, {}, "text/plain")

    def _act(self, asked: Asked, source: KubernetesSource, key: Key) -> Reply:
        if asked.verb == "POST":
            made = json.loads(asked.body)
            if "dryRun" not in asked.query:
                self.objects[_key(made)] = made
            return _json(made, 201)
        if not key[3]:
            return _json(self._listed(asked, source, key[2]))
        found = self.objects.get(key)
        if found is None:
            return _failure(404, "NotFound", f'{source.plural} "{key[3]}" not found')
        if asked.verb == "DELETE":
            if "dryRun" not in asked.query:
                del self.objects[key]
            return _json({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        if asked.verb == "PATCH":
            return self._patch(asked, key, found)
        return _json(found)

    def _listed(self, asked: Asked, source: KubernetesSource, namespace: str) -> Json:
        """A list; of field selectors, those that name fields which are to be equal."""
        wanted = [t.split("=") for t in asked.query.get("fieldSelector", "").split(",") if t]
        chosen = [(path.split("."), value) for path, value in wanted]
        found = [
            o
            for (group, kind, where, _), o in self.objects.items()
            if (group, kind) == (source.group, source.kind)
            and namespace in ("", where)
            and all(o[part].get(field) == value for (part, field), value in chosen)
        ]
        return {
            "kind": f"{source.kind}List",
            "apiVersion": source.api_version,
            "metadata": {},
            "items": found,
        }

    def _patch(self, asked: Asked, key: Key, found: Json) -> Reply:
        kind = asked.headers.get("Content-Type", "").split(";")[0]
        body = json.loads(asked.body)
        if kind.endswith("merge-patch+json"):  # of one field, a strategic merge is a merge
            changed = _merged(found, body)
        else:
            assert kind == "application/json-patch+json", kind
            try:
                changed = jsonpatch.JsonPatch(body).apply(found)
            except jsonpatch.JsonPatchException as error:
                return _failure(422, "Invalid", f"the server rejected our request: {error}")
        forbidden = _forbidden(key[1], found, changed)
        if forbidden:
            return _failure(422, "Invalid", f"{forbidden}: Forbidden: field is immutable")
        if "dryRun" not in asked.query:
            self.objects[key] = changed
        return _json(changed)


def _forbidden(kind: str, old: Json, new: Json) -> str:
    """The field that may not change; tolerations of a pod may only be added to."""
    if kind == "Job" and old["spec"]["template"] != new["spec"]["template"]:
        return "spec.template"
    if kind != "Pod":
        return ""
    before, after = old["spec"], new["spec"]
    kept = before.get("tolerations", [])
    if any(t not in after.get("tolerations", []) for t in kept):
        return "spec.tolerations"
    names = set(before) | set(after)
    free = {"tolerations", "schedulingGates"}
    changed = [n for n in names - free if before.get(n) != after.get(n)]
    return f"spec.{changed[0]}" if changed else ""


def _merged(old: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _key(thing: Json) -> Key:
    group = thing["apiVersion"].rpartition("/")[0]
    own = thing["metadata"]
    return (group, thing["kind"], own.get("namespace", ""), own["name"])


def _groups() -> list[Json]:
    found: dict[str, Json] = {}
    for source in KUBERNETES_SOURCES:
        if source.group:
            version = {"groupVersion": source.api_version, "version": source.version}
            found.setdefault(
                source.group,
                {"name": source.group, "versions": [version], "preferredVersion": version},
            )
            if version not in found[source.group]["versions"]:
                found[source.group]["versions"].append(version)
    return list(found.values())


def _resources(group_version: str) -> Json:
    served = [s for s in KUBERNETES_SOURCES if s.api_version == group_version]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": [
            {
                "name": s.plural,
                "singularName": s.kind.lower(),
                "namespaced": s.namespaced,
                "kind": s.kind,
                "verbs": _VERBS,
            }
            for s in served
        ],
    }


def _schema(path: str) -> Json:
    """Enough of OpenAPI v3 for kubectl to see that the server validates fields by itself."""
    if not path:
        known = {_place(s) for s in KUBERNETES_SOURCES}
        return {"paths": {p: {"serverRelativeURL": f"/openapi/v3/{p}"} for p in sorted(known)}}
    parameters = [{"name": n, "in": "query"} for n in ("fieldValidation", "dryRun")]
    return {
        "openapi": "3.0.0",
        "info": {"title": "loop", "version": "1"},
        "paths": {
            f"/{path}/{s.plural}/{{name}}": {
                "patch": {
                    "x-kubernetes-group-version-kind": {
                        "group": s.group,
                        "version": s.version,
                        "kind": s.kind,
                    },
                    "parameters": parameters,
                }
            }
            for s in KUBERNETES_SOURCES
            if _place(s) == path
        },
    }


def _place(source: KubernetesSource) -> str:
    return f"apis/{source.api_version}" if source.group else f"api/{source.version}"


def _json(thing: Json, status: int = 200) -> Reply:
    return Reply(json.dumps(thing).encode(), status)


def _failure(code: int, reason: str, message: str) -> Reply:
    return _json(
        {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "reason": reason,
            "message": message,
            "code": code,
        },
        code,
    )
