"""What YAML means to Kubernetes."""

import msgspec
import pytest
import yaml
from bundle_files import scenario_files
from manifest_texts import only, read

from efadoctor.model.snapshot import Snapshot


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("y", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("8", 8),
        ("010", 8),
        ("0o10", 8),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1e3", 1000),
        ("1.5", 1.5),
        ("08", 8),
        (".5", 0.5),
        ("18446744073709551616", 18446744073709551616.0),
        ("22:22", "22:22"),
        ("2026-11-20", "2026-11-20"),
        ("1.2.3", "1.2.3"),
        ("100Gi", "100Gi"),
        ("0x", "0x"),
        ("-", None),
        ("'8'", "8"),
        ('"true"', "true"),
        ("!!str 8", "8"),
        ("!!int '8'", 8),
        ("!!binary aGk=", "hi"),
        ("!custom 8", "8"),
        (">-\n  a\n  b", "a b"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubectl(written: str, value: object) -> None:
    manifest = read(f"apiVersion: v1\nkind: Pod\nspec: {written}\n")
    if written == "-":
        assert manifest.problems
        return
    read_value = only(manifest).json["spec"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_keys_become_texts_as_for_kubectl() -> None:
    manifest = only(read("apiVersion: v1\nkind: Pod\nspec: {8: a, on: b, 1.5: c, 'y': d}\n"))
    assert manifest.json["spec"] == {"8": "a", "true": "b", "1.5": "c", "y": "d"}


@pytest.mark.parametrize("name", ["seed-walkthrough", "node-group-full"])
def test_a_clusters_objects_read_as_yaml_are_those_read_as_json(name: str) -> None:
    files = scenario_files(name)
    lists = [msgspec.json.decode(v) for k, v in files.items() if k.startswith("cluster/")]
    objects = [item for found in lists for item in found["items"]]
    manifests = read(yaml.safe_dump_all(objects, sort_keys=False))
    assert manifests.problems == ()
    assert [m.json for m in manifests.objects] == objects
    snapshot = Snapshot.from_objects(m.json for m in manifests.objects)
    assert snapshot.gaps == ()
