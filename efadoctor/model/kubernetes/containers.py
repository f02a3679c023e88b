"""Containers: what they ask for, and how they are."""

from collections.abc import Mapping

from msgspec import field

from efadoctor.model.structs import Quantity, View, no_quantities


class ResourceClaimUse(View):
    """A container's use of one of its pod's resource claims."""

    name: str = ""
    request: str = ""


class Resources(View):
    limits: Mapping[str, Quantity] = field(default_factory=no_quantities)
    requests: Mapping[str, Quantity] = field(default_factory=no_quantities)
    claims: tuple[ResourceClaimUse, ...] = ()


class ContainerPort(View):
    container_port: int = 0
    host_port: int = 0
    host_ip: str = field(default="", name="hostIP")
    protocol: str = "TCP"


class Capabilities(View):
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class SecurityContext(View):
    """A container's or a pod's security context: only what EFA needs to know."""

    capabilities: Capabilities | None = None
    privileged: bool = False
    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    allow_privilege_escalation: bool | None = None


class EnvVar(View):
    name: str = ""
    value: str = ""


class VolumeMount(View):
    name: str = ""
    mount_path: str = ""


class ContainerRestartRule(View):
    action: str = ""


class Container(View):
    name: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    resources: Resources = Resources()
    ports: tuple[ContainerPort, ...] = ()
    restart_policy: str = ""
    restart_policy_rules: tuple[ContainerRestartRule, ...] = ()
    security_context: SecurityContext | None = None
    env: tuple[EnvVar, ...] = ()
    volume_mounts: tuple[VolumeMount, ...] = ()


class ContainerStateWaiting(View):
    reason: str = ""
    message: str = ""


class ContainerStateTerminated(View):
    reason: str = ""
    message: str = ""
    exit_code: int = 0
    finished_at: str | None = None


class ContainerStateRunning(View):
    started_at: str | None = None


class ContainerState(View):
    waiting: ContainerStateWaiting | None = None
    running: ContainerStateRunning | None = None
    terminated: ContainerStateTerminated | None = None


class ContainerStatus(View):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()
    allocated_resources: Mapping[str, Quantity] = field(default_factory=no_quantities)
    resources: Resources | None = None
