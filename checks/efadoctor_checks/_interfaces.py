"""The network interfaces of an EC2NodeClass as its API has them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
"""

from __future__ import annotations

from collections.abc import Iterable

from efadoctor.model.karpenter import NodeClassNetworkInterface

EFA_ONLY = "efa-only"


def written(listed: Iterable[NodeClassNetworkInterface]) -> list[dict[str, object]]:
    """Interfaces with every field, those at their default too: the API requires them."""
    return [
        {
            "networkCardIndex": i.network_card_index,
            "deviceIndex": i.device_index,
            "interfaceType": i.interface_type,
        }
        for i in listed
    ]


def layout(wanted: int) -> list[dict[str, object]]:
    """The primary interface, and one for EFA on each card."""
    efa = (
        NodeClassNetworkInterface(
            network_card_index=card, device_index=int(card == 0), interface_type=EFA_ONLY
        )
        for card in range(wanted)
    )
    return written((NodeClassNetworkInterface(), *efa))
