"""EC2, EKS, IAM and Auto Scaling on loopback, in their own wire formats.

Replies are written from botocore's models of the services, so that boto3 reads them as it
reads AWS: EC2's and the query protocol's XML, and EKS's JSON. What is served is the content
of a bundle's ``aws/`` files; filters and names select from it as EC2 would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, OperationModel, Shape, StructureShape

from efadoctor.model.facts import AWS_SOURCES, AwsSource

from .http import Asked, LoopbackServer, Reply

Item = Any

_LOADER = botocore.session.get_session()
_PAGE = 5


class AwsServer(LoopbackServer):
    """Serves items by source name (``aws/ec2/describe-subnets``); counts every operation.

    ``denied`` operations are refused in the service's own words; lists come in pages.
    """

    def __init__(self, items: dict[str, list[Item]], *, denied: set[str] | None = None) -> None:
        super().__init__(self.answer)
        self.items = items
        self.denied = denied or set()
        self.operations: list[str] = []

    @classmethod
    def of_bundle(cls, bundle: Path, **options: Any) -> AwsServer:
        items = {}
        for source in AWS_SOURCES:
            file = bundle / f"{source.name}.json"
            if file.exists():
                items[source.name] = list(_items(json.loads(file.read_text()), source))
        return cls(items, **options)

    # ---- answering ----------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        service = _service(asked)
        if service == "eks":
            return self._eks(asked)
        form = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        operation = form.get("Action", "")
        self.operations.append(f"{service}:{operation}")
        source = _source(service, operation)
        if source is None or f"{service}:{operation}" in self.denied:
            return _xml_error(
                service, 403, "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
            )
        found = _selected(self.items.get(source.name, []), form)
        if operation == "GetInstanceProfile" and not found:
            return _xml_error(service, 404, "NoSuchEntity")
        if operation == "GetInstanceProfile":
            return _xml(service, operation, {source.path[0]: found[0]})
        start = int(form.get("NextToken") or 0)
        page: dict[str, Any] = {source.path[0]: found[start : start + _PAGE]}
        if start + _PAGE < len(found) and operation not in _UNPAGED:
            page["NextToken"] = str(start + _PAGE)
        elif operation in _UNPAGED:
            page = {source.path[0]: found}
        return _xml(service, operation, page)

    def _eks(self, asked: Asked) -> Reply:
        parts = [unquote(p) for p in asked.path.strip("/").split("/")]
        cluster: Item = next(iter(self.items.get("aws/eks/describe-cluster", [])), {})
        operation, source, name = _eks_operation(parts)
        self.operations.append(f"eks:{operation}")
        if f"eks:{operation}" in self.denied or source is None:
            return _json_error(403, "AccessDeniedException")
        if len(parts) > 1 and parts[1] != cluster.get("name"):
            return _json_error(404, "ResourceNotFoundException")
        found = self.items.get(source.name, [])
        if operation.startswith("List"):
            return _json({source.path[0]: found})
        keys = ("nodegroupName", "principalArn", "name")
        for item in found:
            if name in [item.get(k) for k in keys]:
                return _json({source.path[0]: item})
        return _json_error(404, "ResourceNotFoundException")


_UNPAGED = frozenset({"DescribePlacementGroups", "DescribeAvailabilityZones"})


def _items(responses: Any, source: AwsSource) -> Iterator[Item]:
    for response in responses if isinstance(responses, list) else [responses]:
        found = response[source.path[0]]
        yield from found if isinstance(found, list) else [found]


def _service(asked: Asked) -> str:
    """As the signature says for whom it was made."""
    scope = re.search(r"Credential=[^/]+/\d+/[\w-]+/(\w+)/", asked.headers["Authorization"])
    assert scope
    return scope[1]


def _source(service: str, operation: str) -> AwsSource | None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", operation).lower()
    return next((s for s in AWS_SOURCES if (s.service, s.operation) == (service, name)), None)


def _eks_operation(parts: list[str]) -> tuple[str, AwsSource | None, str]:
    match parts:
        case ["clusters", name]:
            operation = "DescribeCluster"
        case ["clusters", _, "node-groups"]:
            operation, name = "ListNodegroups", ""
        case ["clusters", _, "node-groups", name]:
            operation = "DescribeNodegroup"
        case ["clusters", _, "access-entries"]:
            operation, name = "ListAccessEntries", ""
        case ["clusters", _, "access-entries", name]:
            operation = "DescribeAccessEntry"
        case _:
            operation, name = "?", ""
    return operation, _source("eks", operation), name


# ---- filters ----------------------------------------------------------------

_FILTERS: dict[str, Callable[[Item], list[Any]]] = {
    "instance-id": lambda i: [x.get("InstanceId") for x in i.get("Instances", [])],
    "placement-group-name": lambda i: [
        x.get("Placement", {}).get("GroupName") for x in i.get("Instances", [])
    ],
    "attachment.instance-id": lambda i: [i.get("Attachment", {}).get("InstanceId")],
    "group-id": lambda i: [i.get("GroupId")],
    "group-name": lambda i: [i.get("GroupName")],
    "subnet-id": lambda i: [i.get("SubnetId")],
    "vpc-id": lambda i: [i.get("VpcId")],
    "instance-type": lambda i: [i.get("InstanceType")],
    "network-info.efa-supported": lambda i: [
        str(bool(i.get("NetworkInfo", {}).get("EfaSupported"))).lower()
    ],
    "tag-key": lambda i: [t["Key"] for t in i.get("Tags", [])],
}


def _selected(items: list[Item], form: dict[str, str]) -> list[Item]:
    wanted = dict(_filters(form))
    names = _members(form, "AutoScalingGroupNames.member") or _members(form, "AutoScalingGroupName")
    template = form.get("LaunchTemplateId")
    profile = form.get("InstanceProfileName")
    return [
        i
        for i in items
        if all(set(_values(i, key)) & set(values) for key, values in wanted.items())
        and (not names or i.get("AutoScalingGroupName") in names)
        and template in (None, i.get("LaunchTemplateId"))
        and profile in (None, i.get("InstanceProfileName"))
    ]


def _values(item: Item, key: str) -> list[Any]:
    if key.startswith("tag:"):
        return [t["Value"] for t in item.get("Tags", []) if t["Key"] == key[4:]]
    return _FILTERS[key](item)


def _filters(form: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    number = 1
    while name := form.get(f"Filter.{number}.Name"):
        yield name, _members(form, f"Filter.{number}.Value")
        number += 1


def _members(form: dict[str, str], prefix: str) -> list[str]:
    return [v for k, v in form.items() if k == prefix or k.startswith(f"{prefix}.")]


# ---- wire formats -----------------------------------------------------------


def _json(thing: Any) -> Reply:
    return Reply(json.dumps(thing).encode())


def _json_error(status: int, code: str) -> Reply:
    headers = {"x-amzn-ErrorType": code}
    return Reply(json.dumps({"message": "no"}).encode(), status, headers)


def _xml_error(service: str, status: int, code: str) -> Reply:
    error = f"<Code>{code}</Code><Message>You are not authorized. Encoded authorization failure message: c2VjcmV0</Message>"
    if service == "ec2":
        text = (
            f"<Response><Errors><Error>{error}</Error></Errors><RequestID>r</RequestID></Response>"
        )
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r</RequestId></ErrorResponse>"
    return Reply(text.encode(), status, content_type="text/xml")


def _xml(service: str, operation: str, output: dict[str, Any]) -> Reply:
    model: OperationModel = _LOADER.get_service_model(service).operation_model(operation)
    assert model.output_shape
    body = _members_of(model.output_shape, output)
    if service == "ec2":
        text = f"<{operation}Response><requestId>r</requestId>{body}</{operation}Response>"
    else:
        text = f"<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"
    return Reply(text.encode(), content_type="text/xml")


def _members_of(shape: StructureShape, value: dict[str, Any]) -> str:
    return "".join(
        _element(member.serialization.get("name", name), member, value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None
    )


def _element(tag: str, shape: Shape, value: Any) -> str:
    if isinstance(shape, StructureShape):
        return f"<{tag}>{_members_of(shape, value)}</{tag}>"
    if isinstance(shape, ListShape):
        inner = shape.member.serialization.get("name", "member")
        return f"<{tag}>{''.join(_element(inner, shape.member, v) for v in value)}</{tag}>"
    if isinstance(value, bool):
        value = str(value).lower()
    return f"<{tag}>{escape(str(value))}</{tag}>"
