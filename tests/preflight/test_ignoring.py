"""What is set aside: by option, by annotation, by file until a day; and every slip in those."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from preflight.conftest import Command, Ended

WARNING = "EFA804"


def warned(ended: Ended) -> list[str]:
    return [f["code"] for f in ended.report["warnings"]]


def aside(ended: Ended) -> list[tuple[str, str, str]]:
    return [
        (s["finding"]["code"], s["rule"], s["reason"])
        for r in ended.json["reports"]
        for s in r["suppressed"]
    ]


def annotate(path: Path, text: str) -> None:
    """Puts the annotation on the first object of a file."""
    quoted = json.dumps(text)
    path.write_text(
        path.read_text().replace(
            "metadata:\n", f"metadata:\n  annotations: {{efadoctor.io/ignore: {quoted}}}\n", 1
        )
    )


@pytest.mark.usefixtures("walkthrough")
def test_an_option_sets_a_finding_aside_on_one_object(run: Command) -> None:
    assert WARNING in warned(run("."))
    ended = run(".", "--ignore", f"{WARNING}=EC2NodeClass/gpu-efa")
    assert WARNING not in warned(ended)
    assert aside(ended) == [(WARNING, f"{WARNING}=EC2NodeClass/gpu-efa", "")]
    assert WARNING in warned(run(".", "--ignore", f"{WARNING}=EC2NodeClass/other"))


@pytest.mark.usefixtures("walkthrough")
def test_causes_that_are_all_set_aside_do_not_fail(run: Command) -> None:
    words = [w for code in ("EFA105", "EFA402", "EFA412") for w in ("--ignore", code)]
    ended = run(".", *words)
    assert (ended.status, ended.codes) == (0, [])
    sarif = json.loads(run(".", *words, form="sarif").out)
    results = sarif["runs"][0]["results"]
    assert {r["ruleId"] for r in results if r.get("suppressions")} == {"EFA105", "EFA402", "EFA412"}


def test_an_annotation_covers_findings_about_its_object(run: Command, walkthrough: Path) -> None:
    annotate(walkthrough / "nodepool.yaml", "EFA402,EFA412: not about me")
    assert run(".").codes == ["EFA105", "EFA402", "EFA412"]
    text = (walkthrough / "nodepool.yaml").read_text().split("---\n")
    (walkthrough / "nodepool.yaml").write_text(text[0])
    (walkthrough / "class.yaml").write_text(text[1])
    annotate(walkthrough / "class.yaml", f"{WARNING}: the limits are for logins")
    ended = run(".")
    assert WARNING not in warned(ended)
    assert aside(ended)[0][2] == ("the limits are for logins (annotation of EC2NodeClass/gpu-efa)")


def test_an_annotation_on_a_pod_covers_all_that_is_found_for_it(
    run: Command, walkthrough: Path
) -> None:
    annotate(walkthrough / "pod.yaml", "EFA402: the plugin comes tomorrow\nefa412: so does this")
    ended = run(".")
    assert ended.codes == ["EFA105"]
    assert {code for code, *_ in aside(ended)} == {"EFA402", "EFA412"}


def test_an_annotation_in_a_template_covers_its_pods(run: Command, walkthrough: Path) -> None:
    (walkthrough / "pod.yaml").write_text(
        """\
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    metadata:
      annotations:
        efadoctor.io/ignore: |
          EFA402: the plugin comes tomorrow
          EFA104: and the taint goes
    spec:
      containers:
      - name: main
        image: x
        resources: {limits: {vpc.amazonaws.com/efa: 1}}
"""
    )
    ended = run(".")
    assert (ended.status, ended.codes) == (0, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EFA402", "has no reason"),
        ("EFA402:  ", "has no reason"),
        ("EFA999: because", "no check has the code 'EFA999'"),
        ("", "want"),
    ],
)
def test_a_slip_in_an_annotation_is_an_error_with_its_place(
    text: str, said: str, run: Command, walkthrough: Path
) -> None:
    annotate(walkthrough / "pod.yaml", text)
    ended = run(".")
    assert (ended.status, ended.out) == (2, "")
    assert "pod.yaml:4:17: annotation efadoctor.io/ignore" in ended.err
    assert said in ended.err


def write_file(folder: Path, expires: datetime) -> None:
    (folder / ".efadoctor.yaml").write_text(
        f"""\
ignore:
  - code: {WARNING}
    object: EC2NodeClass/gpu-efa
    reason: the limits are for logins
    expires: {expires.date()}   # then look again
  - {{code: EFA803, reason: ours has it}}
"""
    )


def test_a_file_sets_aside_until_its_day(run: Command, walkthrough: Path) -> None:
    today = datetime.now(UTC)
    write_file(walkthrough, today)
    ended = run(".")
    assert warned(ended) == []
    assert sorted(aside(ended)) == [
        ("EFA803", "EFA803", "ours has it (.efadoctor.yaml:6)"),
        (
            WARNING,
            f"{WARNING}=EC2NodeClass/gpu-efa",
            "the limits are for logins (.efadoctor.yaml:2)",
        ),
    ]
    write_file(walkthrough, today - timedelta(days=1))
    ended = run(".")
    assert warned(ended) == [WARNING]
    (note,) = ended.json["notes"]
    assert note.startswith(f".efadoctor.yaml:2: {WARNING}=EC2NodeClass/gpu-efa expired on ")
    for form in ("text", "markdown", "github", "sarif"):
        assert "expired on" in run(".", form=form).out.replace("\n  ", " ")


def test_a_file_may_be_named(run: Command, walkthrough: Path) -> None:
    write_file(walkthrough, datetime.now(UTC))
    (walkthrough / ".efadoctor.yaml").rename(walkthrough / "other.yml")
    assert warned(run("pod.yaml", "nodepool.yaml", "--ignore-file", "other.yml")) == []
    assert run("pod.yaml", "--ignore-file", "missing.yml").status == 2


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("ignore:\n- code: EFA999\n  reason: x\n", "2:3", "no check has the code 'EFA999'"),
        ("ignore:\n- code: EFA703\n", "2:3", "no reason"),
        ("ignore:\n- reason: x\n", "2:3", "no code"),
        ("ignore:\n- code: EFA703\n  reason: x\n  expires: soon\n", "4:3", "no day"),
        ("ignore:\n- code: EFA703\n  reason: x\n  expires: 2026-02-30\n", "4:3", "no day"),
        ("ignore:\n- code: EFA703\n  reason: x\n  until: 2026-02-28\n", "4:3", "unknown key"),
        ("ignore:\n- code: EFA703\n  reason: x\n  object: gpu\n", "4:3", "Kind/name"),
        ("ignore:\n- EFA703\n", "2:3", "mapping"),
        ("ignored: []\n", "1:1", "unknown key"),
        ("ignore: {}\n", "1:1", "list"),
        ("- x\n", "1:1", "mapping"),
        ("ignore: [\n", "2:1", ""),
        ("ignore:\n- code: EFA703\n  code: EFA703\n", "3:3", "twice"),
    ],
)
def test_a_slip_in_the_file_is_an_error_with_its_place(
    text: str, place: str, said: str, run: Command, walkthrough: Path
) -> None:
    (walkthrough / ".efadoctor.yaml").write_text(text)
    ended = run("pod.yaml")
    assert (ended.status, ended.out) == (2, "")
    assert f".efadoctor.yaml:{place}: " in ended.err
    assert said in ended.err


@pytest.mark.parametrize("text", ["", "# nothing\n", "ignore: []\n", "ignore:\n"])
def test_an_empty_file_ignores_nothing(text: str, run: Command, walkthrough: Path) -> None:
    (walkthrough / ".efadoctor.yaml").write_text(text)
    assert run("pod.yaml", "nodepool.yaml").codes == ["EFA105", "EFA402", "EFA412"]


@pytest.mark.usefixtures("walkthrough")
def test_an_unknown_code_is_an_error(run: Command) -> None:
    ended = run("pod.yaml", "--ignore", "EFA704x")
    assert ended.status == 2
    assert "did you mean EFA704?" in ended.err
