"""An AWS response, or several of one operation, as bytes, to typed views.

A file holds what the AWS CLI printed: one response, or a JSON list of them where the
operation was called once per name or page by page.
"""

from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec

from efadoctor.bundle.damage import DamageError
from efadoctor.bundle.items import Gaps, shape_error, unique, views_one_by_one
from efadoctor.bundle.json_text import Bytes, checked, decode
from efadoctor.bundle.lists import Listing
from efadoctor.model import aws
from efadoctor.model.decoding import Decoded
from efadoctor.model.facts import AwsSource
from efadoctor.model.inert import is_inert, is_surely_inert
from efadoctor.model.reference import reference

NAMES_ONLY: dict[type[Any], str] = {aws.NodeGroupName: "name", aws.AccessEntryArn: "arn"}
"""Types that are a list of strings on the wire, and the field that takes the string."""


class Response(msgspec.Struct, frozen=True):
    """One response; each source's own subtype says where its items are."""

    items: Any = msgspec.UNSET
    next_token: str | None = None
    next_token_of_eks: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether there are more pages than were asked for."""
        return bool(self.next_token or self.next_token_of_eks)


def read_responses(raw: Bytes, source: AwsSource) -> Listing:
    """The items of a JSON file of ``aws/``. Raises DamageError where it has none."""
    raw = checked(raw)
    gaps = Gaps(source.name)
    wire = str if source.type in NAMES_ONLY else source.type
    try:
        responses = _responses(raw, source, wire)
        views = tuple(_flat(r.items for r in responses))
        fits = is_surely_inert(raw) or is_inert(views)
    except msgspec.ValidationError:
        fits = False
    if not fits:
        responses = _loosely(raw, source)
        items = _flat(_separate(r.items) for r in responses)
        views = views_one_by_one(items, wire, gaps)
    for number, response in enumerate(responses):
        if response.items is msgspec.UNSET:
            gaps.add(f"not of its kind: no {source.path[0]}", f"response {number + 1}")
    if source.type in NAMES_ONLY:
        field = NAMES_ONLY[source.type]
        views = tuple(source.type(**{field: name}) for name in views)
    views = unique(views, _identity, gaps)
    if gaps.count and not views:
        gap = gaps.told()[0]
        place = gap.place if len(responses) > 1 else ""
        raise DamageError(gap.reason, place)
    return Listing(Decoded(views, gaps.told()), bool(responses) and responses[-1].is_cut)


def _responses(raw: Bytes, source: AwsSource, wire: Any) -> tuple[Response, ...]:
    found = decode(raw, _decoder(source, wire))
    return found if isinstance(found, tuple) else (found,)


def _loosely(raw: Bytes, source: AwsSource) -> tuple[Response, ...]:
    try:
        return _responses(raw, source, msgspec.Raw)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None


@cache
def _decoder(source: AwsSource, wire: Any) -> msgspec.json.Decoder[Any]:
    """A decoder of one response or a list of them, with items of type ``wire``."""
    (path,) = source.path
    items = wire if wire is msgspec.Raw else wire | tuple[wire, ...] | None
    response: Any = msgspec.defstruct(
        f"Response_{source.operation}",
        [
            ("items", items | msgspec.UnsetType, msgspec.UNSET),
            ("next_token", str | None, None),
            ("next_token_of_eks", str | None, None),
        ],
        bases=(Response,),
        rename={"items": path, "next_token": "NextToken", "next_token_of_eks": "nextToken"},
        frozen=True,
    )
    return msgspec.json.Decoder(response | tuple[response, ...])


def _flat(found: Iterable[Any]) -> Iterator[Any]:
    """The items of all responses: a response has a list of them, one, or none."""
    for items in found:
        if isinstance(items, tuple):
            yield from items
        elif items is not None and items is not msgspec.UNSET:
            yield items


def _separate(items: Any) -> Any:
    """Undecoded items, each by itself."""
    if not isinstance(items, msgspec.Raw):
        return items
    try:
        return _RAW_ITEMS.decode(items)
    except msgspec.ValidationError:
        return items


_RAW_ITEMS = msgspec.json.Decoder(tuple[msgspec.Raw, ...] | None)


def _identity(view: Any) -> Hashable:
    """What no two views of one source share; None for views that have no name of their own."""
    if isinstance(view, aws.LaunchTemplateVersion):
        return (view.launch_template_id, str(view.version_number))
    try:
        return reference(view).name
    except TypeError:
        return None
