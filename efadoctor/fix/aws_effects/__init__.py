"""What an AWS call does to the views of a snapshot, for the calls that fixes make.

Each effect is that of the operation in the AWS API reference, one service a file:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ ,
https://docs.aws.amazon.com/eks/latest/APIReference/ and
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/ .
"""

from __future__ import annotations

import msgspec

from efadoctor.fix.aws_effects import autoscaling, ec2, eks
from efadoctor.fix.aws_effects.seen import Effect
from efadoctor.fix.change import Change
from efadoctor.model.errors import InvalidPatchError
from efadoctor.model.fix import AwsCall
from efadoctor.model.snapshot import Snapshot

_EFFECTS: dict[tuple[str, str], Effect] = {
    (service, operation): effect
    for service, effects in (
        ("ec2", ec2.EFFECTS),
        ("eks", eks.EFFECTS),
        ("autoscaling", autoscaling.EFFECTS),
    )
    for operation, effect in effects.items()
}


def effect_of(snapshot: Snapshot, call: AwsCall) -> Change:
    """The copy after a call, before anything follows from it.

    Raises InvalidPatchError for an operation without a known effect, or a thing not seen.
    """
    what = f"{call.service} {call.operation}"
    effect = _EFFECTS.get((call.service, call.operation))
    if effect is None:
        raise InvalidPatchError(f"what {what} does cannot be tried")
    try:
        return effect(snapshot, call.parameters)
    except (msgspec.ValidationError, TypeError, AttributeError) as error:
        raise InvalidPatchError(
            f"the parameters of {what} are not as they should be: {error}"
        ) from None


def is_known(call: AwsCall) -> bool:
    """Whether a trial can show what a call does."""
    return (call.service, call.operation) in _EFFECTS
