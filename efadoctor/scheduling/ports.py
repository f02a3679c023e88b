"""Host ports: which a pod takes, and which of them conflict.

https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/scheduler/util/utils.go (GetHostPorts)
https://github.com/kubernetes/kubernetes/blob/v1.36.2/staging/src/k8s.io/kube-scheduler/framework/types.go
(HostPortInfo)
"""

from collections.abc import Iterable

import msgspec

from efadoctor.model.kubernetes import Container, PodSpec
from efadoctor.scheduling.requests import is_sidecar

# What an empty hostIP means.
ANY_ADDRESS = "0.0.0.0"  # noqa: S104  (no socket is bound)


class HostPort(msgspec.Struct, frozen=True):
    """A port of the node that a container takes."""

    address: str
    protocol: str
    port: int

    def conflicts(self, other: "HostPort") -> bool:
        """The same port and protocol, on the same address or one of them on all."""
        return (
            self.port == other.port
            and self.protocol == other.protocol
            and (self.address == other.address or ANY_ADDRESS in (self.address, other.address))
        )


def host_ports(spec: PodSpec) -> tuple[HostPort, ...]:
    """Host ports of the sidecars and containers; with ``hostNetwork`` each port is one.

    The last is the API server's default, which a manifest does not have yet.
    """
    sidecars = (c for c in spec.init_containers if is_sidecar(c))
    return tuple(_of_containers((*sidecars, *spec.containers), on_host=spec.host_network))


def _of_containers(containers: Iterable[Container], *, on_host: bool) -> Iterable[HostPort]:
    for container in containers:
        for port in container.ports:
            number = port.host_port or (port.container_port if on_host else 0)
            if number > 0:
                yield HostPort(port.host_ip or ANY_ADDRESS, port.protocol or "TCP", number)
