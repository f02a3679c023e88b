"""Environment variables of containers, of those that ask for EFA first of all, and their fix."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from efadoctor.authoring import Case, Evidence, Finding, Fix, Removing, change_pod
from efadoctor.model.fieldpath import FieldPath
from efadoctor_checks import _efa_demand
from efadoctor_checks._efa_demand import EfaContainer


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of a container, at ``index`` of its ``env``."""

    container: EfaContainer
    index: int
    name: str
    value: str

    @property
    def field(self) -> str:
        return f"{self.container.field('env')}[{self.index}].value"


def variables(case: Case) -> Iterator[Variable]:
    """The variables with a value that containers that ask for EFA have; the last of a name."""
    for container in _efa_demand.efa_containers(case.snapshot, case.pod):
        yield from _of(container)


def of_containers(case: Case) -> Iterator[Variable]:
    """The variables with a value of all containers, whether they ask for EFA or not."""
    for index, container in enumerate(case.pod.spec.containers):
        yield from _of(EfaContainer(path=FieldPath.of("containers", index), container=container))


def _of(container: EfaContainer) -> Iterator[Variable]:
    last = {v.name: i for i, v in enumerate(container.container.env)}
    for name, index in last.items():
        value = container.container.env[index].value.strip()
        if value:
            yield Variable(container=container, index=index, name=name, value=value)


def finding(case: Case, variable: Variable, *, why: str, then: str) -> Finding:
    """The finding that a variable keeps EFA from being used."""
    said = f"{variable.name}={variable.value}"
    return Finding(
        object=case.pod_ref,
        summary=f"{said} in container {variable.container.container.name}: {why}.",
        evidence=(
            Evidence(object=case.pod_ref, field=variable.field, value=variable.value, note=why),
        ),
        chain=(f"{said}: {why}.", then),
        fixes=without(case, variable),
        key=f"{variable.container.container.name}/{variable.name}",
    )


def without(case: Case, variable: Variable) -> tuple[Fix, ...]:
    """The variable taken out of the pod's template."""
    at = variable.container.in_spec("env") / variable.index
    title = f"Take {variable.name} out of container {variable.container.container.name}"
    return change_pod(case.snapshot, case.pod, (Removing(at),), title=title)
