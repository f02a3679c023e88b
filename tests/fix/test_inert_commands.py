"""No name or value can do anything in a printed command but be itself, whatever it holds."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efadoctor.fix.render.aws_cli import aws_line
from efadoctor.fix.render.helm import helm_line
from efadoctor.fix.render.kubectl import creation_line, deletion_line, patch_line, recreation_line
from efadoctor.fix.render.shell import Shell, quote
from efadoctor.model.fix import (
    AwsCall,
    ChartValues,
    Creation,
    Deletion,
    Operation,
    Patch,
    Recreation,
)
from efadoctor.model.reference import ObjectRef

NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.sampled_from(
        [
            "$(touch canary)",
            "`touch canary`",
            "'; touch canary; '",
            '"; touch canary; "',
            "\ntouch canary\n",
            "a\\' ; touch canary #",
            "--kubeconfig=/dev/null",
            "$HOME",
            "!!",
            "&& touch canary",
            "\u202e\u2066한국어",
            "*",
            "\x1b]52;c;x\x07",
        ]
    ),
)

# Number of words, then the words: nothing in a word can be mistaken for the end of a call.
NOTE_WORDS = """#!/bin/sh
printf '%s\\0' "$#" "${0##*/}" "$@" >> "$WORDS"
cat > /dev/null
"""


class Bash:
    """Runs a line under bash with every tool replaced by one that notes its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.words = folder / "words"
        for tool in ("kubectl", "helm", "aws"):
            path = folder / "bin" / tool
            path.parent.mkdir(exist_ok=True)
            path.write_text(NOTE_WORDS)
            path.chmod(0o755)

    def run(self, line: str) -> list[list[str]]:
        self.words.write_bytes(b"")
        place = self.folder / "place"
        place.mkdir(exist_ok=True)
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            check=True,
            cwd=place,
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "WORDS": str(self.words),
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )
        assert not list(place.iterdir()), "a canary was touched"
        noted = self.words.read_bytes().decode().split("\0")
        calls: list[list[str]] = []
        while len(noted) > 1:
            count = int(noted[0]) + 2
            calls.append(noted[1:count])
            noted = noted[count:]
        return calls


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Bash:
    return Bash(tmp_path_factory.mktemp("bash"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NASTY)
def test_any_word_is_one_inert_word_on_one_line(bash: Bash, word: str) -> None:
    line = f"kubectl {quote(word)}"
    assert "\n" not in line
    assert "\r" not in line
    assert not any(ord(c) < 0x20 or ord(c) == 0x7F for c in line)
    assert bash.run(line) == [["kubectl", word]]


@settings(max_examples=25, deadline=None)
@given(NASTY, NASTY, NASTY, NASTY)
def test_names_and_values_come_out_inert_in_every_kind_of_command(
    bash: Bash, name: str, namespace: str, key: str, value: str
) -> None:
    ref = ObjectRef("v1", "Pod", namespace, name)
    shell = Shell(context=value, region="r")
    operations = (Operation(op="add", path=f"/spec/{key}", value={key: value}),)
    lines = (
        patch_line((Patch(target=ref, operations=operations),), shell),
        deletion_line(Deletion(target=ref), shell),
        recreation_line(Recreation(target=ref, operations=operations), shell),
        creation_line(Creation(body={"kind": key, "metadata": {"name": name}}), shell),
        aws_line(
            AwsCall(
                service="ec2",
                operation="create-tags",
                parameters={"Resources": [name], "Tags": [{"Key": key, "Value": value}]},
                duplicate_error=key or "x",
            ),
            Shell(region="r"),
        ),
        helm_line(
            ChartValues(
                target=ref,
                release="r",
                namespace=namespace,
                chart="c",
                values={"tolerations": [{key: value}]},
            ),
            shell,
        ),
    )
    for line in lines:
        assert "\n" not in line
        calls = bash.run(line)
        assert calls
    patched = bash.run(lines[0])[0]
    assert patched[patched.index("--type=json") + 2] == json.dumps(
        [{"op": "add", "path": f"/spec/{key}", "value": {key: value}}],
        separators=(",", ":"),
        ensure_ascii=False,
    )
