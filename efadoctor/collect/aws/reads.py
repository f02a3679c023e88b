"""Every AWS operation that efadoctor calls, declared: all of them only read.

``account`` refuses a call that is not declared here, and ``permissions`` prints these as an
IAM policy. The names of the actions are those of the operations
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from __future__ import annotations

from efadoctor.model.facts import AWS_SOURCES, SOURCES, AwsSource

AWS_READS: dict[str, AwsSource] = {s.name: s for s in AWS_SOURCES}
"""Every call by the name of its source."""

_READING = ("describe-", "list-", "get-")


def source(name: str) -> AwsSource:
    """The AWS source of this name without its folder: ``ec2/describe-subnets``."""
    found = SOURCES[f"aws/{name}"]
    if not isinstance(found, AwsSource) or not found.operation.startswith(_READING):
        raise TypeError(f"aws/{name} is no operation that reads")
    return found


def action(of: AwsSource) -> str:
    """The IAM action that allows an operation: ``ec2:DescribeSubnets``."""
    return f"{of.service}:{''.join(word.capitalize() for word in of.operation.split('-'))}"
