"""AWS calls as lines of the AWS CLI (https://docs.aws.amazon.com/cli/latest/reference/)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from efadoctor.fix.render.shell import Shell, compact, line, quote
from efadoctor.model.fix import AwsCall

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")


def aws_line(call: AwsCall, shell: Shell) -> str:
    """One line; an error that says that it is done already is success."""
    run = line([*_words(call, shell)])
    if not call.duplicate_error:
        return run
    done = f"grep --quiet --fixed-strings {quote(call.duplicate_error)}"
    return f'said=$({run} 2>&1) || {done} <<<"$said" || {{ printf \'%s\\n\' "$said" >&2; false; }}'


def aws_dry_run(call: AwsCall, shell: Shell) -> str:
    """EC2 can be asked whether it would; EKS and IAM cannot ("")."""
    return line([*_words(call, shell), "--dry-run"]) if call.service == "ec2" else ""


def _words(call: AwsCall, shell: Shell) -> Iterator[str]:
    yield "aws"
    if shell.region:
        yield f"--region={shell.region}"
    yield call.service
    yield call.operation
    if not all(_NAME.match(name) for name in call.parameters):
        yield f"--cli-input-json={compact(call.parameters)}"
        return
    for name, value in call.parameters.items():
        option = "-".join(_HUMP.split(name)).lower()
        if isinstance(value, bool):
            yield f"--{option}" if value else f"--no-{option}"
        elif isinstance(value, str | int | float):
            yield f"--{option}={value}"
        else:
            yield f"--{option}={compact(value)}"
