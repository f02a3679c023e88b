"""AWS calls as lines of the AWS CLI (https://docs.aws.amazon.com/cli/latest/reference/)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from efadoctor.fix.render.shell import Shell, compact, line, quote
from efadoctor.model.fix import AwsCall

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


def aws_line(call: AwsCall, shell: Shell) -> str:
    """One line; an error that says that it is done already is success."""
    run = _run(call, shell)
    if not call.duplicate_error:
        return run
    done = f"grep --quiet --fixed-strings {quote(call.duplicate_error)}"
    return f'said=$({run} 2>&1) || {done} <<<"$said" || {{ printf \'%s\\n\' "$said" >&2; false; }}'


def aws_dry_run(call: AwsCall, shell: Shell) -> str:
    """EC2 can be asked whether it would; EKS and IAM cannot ("")."""
    return _run(call, shell, "--dry-run") if call.service == "ec2" else ""


def _run(call: AwsCall, shell: Shell, *more: str) -> str:
    overlay = call.overlay
    if overlay is None:
        return line([*_words(call, call.parameters, shell), *more])
    laid = str(compact(call.parameters[overlay.parameter])).replace("`", "\\`")
    read = AwsCall(service=call.service, operation=overlay.operation, parameters=overlay.parameters)
    query = ("--query", f"merge({overlay.part}, `{laid}`)", "--output", "json")
    rest = {k: v for k, v in call.parameters.items() if k != overlay.parameter}
    given = f"--{_option(overlay.parameter)}=file:///dev/stdin"
    first = line([*_words(read, read.parameters, shell), *query])
    return f"{first} | {line([*_words(call, rest, shell), given, *more])}"


def _option(name: str) -> str:
    return "-".join(_HUMP.split(name)).lower()


def _words(call: AwsCall, parameters: Mapping[str, Any], shell: Shell) -> Iterator[str]:
    yield "aws"
    if shell.region:
        yield f"--region={shell.region}"
    yield call.service
    yield call.operation
    if not all(_NAME.match(name) for name in parameters):
        yield f"--cli-input-json={compact(parameters)}"
        return
    for name, value in parameters.items():
        option = _option(name)
        if isinstance(value, bool):
            yield f"--{option}" if value else f"--no-{option}"
        elif isinstance(value, str | int | float):
            yield f"--{option}={value}"
        else:
            yield f"--{option}={compact(value)}"
