"""Any value in any style, and any text at all."""

from collections.abc import Iterator

import yaml
from hypothesis import given
from hypothesis import strategies as st
from manifest_texts import only, read

from efadoctor.model.fieldpath import FieldPath
from efadoctor.model.inert import inert

YES_OR_NO = ("y", "Y", "n", "N")
"""What YAML 1.1 calls booleans, and PyYAML texts."""

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20
).filter(lambda text: inert(text) == text and text not in YES_OR_NO)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def parts(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from parts(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from parts(inner, (*path, number))


@given(VALUES, st.sampled_from([True, False, None]), st.sampled_from([None, '"', "|", ">"]))
def test_any_value_is_read_as_written_and_each_part_found_where_it_stands(
    value: object,
    flow: bool | None,  # noqa: FBT001  (hypothesis gives them in order)
    style: str | None,
) -> None:
    written = {"apiVersion": "v1", "kind": "Any", "spec": value}
    text = yaml.safe_dump(
        written, default_flow_style=flow, default_style=style, allow_unicode=True, sort_keys=False
    )
    manifest = only(read(text))
    raw = manifest.source.text
    for path in parts(written):
        part = FieldPath(path).resolve(manifest.json)
        span = manifest.span(FieldPath(path))
        assert span is not None
        if path and isinstance(path[-1], str) and path[-1].isascii() and path[-1].isalnum():
            assert span.key is not None
            assert path[-1] in raw[span.key.offset : span.start.offset]
        if isinstance(part, int | bool) and style is None:
            assert yaml.safe_load(raw[span.start.offset : span.end.offset]) == part


@given(st.text(max_size=200))
def test_no_text_makes_reading_fail(text: str) -> None:
    read(text.encode("utf-8", "surrogatepass"))


@given(st.text(st.sampled_from("ab:-&*<![]{}'\"|>\n #%@\t,?"), max_size=60))
def test_no_arrangement_of_yamls_own_characters_makes_reading_fail(text: str) -> None:
    for problem in read(text).problems:
        assert problem.location is not None
        assert problem.location.line <= text.count("\n") + 1
