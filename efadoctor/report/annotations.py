"""What objects themselves ask not to be told: ``efadoctor.io/ignore: "EFA703: reason"``.

On an object the annotation covers findings about that object; on a pod, a pod template or a
workload it also covers whatever is found for its own pods.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from efadoctor.model.errors import UsageError
from efadoctor.model.kubernetes import KubernetesObject
from efadoctor.model.reference import reference
from efadoctor.report.suppression import Rule, known_code

ANNOTATION = "efadoctor.io/ignore"
_FORM = 'want "CODE: reason", one a line, as in "EFA703: the group is for next week"'


def parse_annotation(text: str, codes: Collection[str]) -> tuple[Rule, ...]:
    """The rules of an annotation; several codes may share a line and its reason.

    Raises UsageError for a line of another form, without a reason, or with a code that no
    check has.
    """
    rules: list[Rule] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        named, _, reason = line.partition(":")
        if not reason.strip():
            raise UsageError(f"{line!r} has no reason; {_FORM}")
        rules += [
            Rule(code=known_code(code, codes), reason=reason.strip()) for code in named.split(",")
        ]
    if not rules:
        raise UsageError(_FORM)
    return tuple(rules)


def rules_on(view: KubernetesObject, codes: Collection[str]) -> tuple[Rule, ...]:
    """The rules that an object's annotation makes for findings about it. Raises UsageError."""
    text = view.metadata.annotations.get(ANNOTATION)
    if text is None:
        return ()
    ref = reference(view)
    return tuple(
        Rule(
            code=rule.code,
            kind=ref.kind,
            namespace=ref.namespace,
            name=ref.name,
            reason=f"{rule.reason} (annotation of {ref})",
        )
        for rule in parse_annotation(text, codes)
    )


def rules_for_pods_of(views: Iterable[KubernetesObject], codes: Collection[str]) -> Iterator[Rule]:
    """The rules that a pod or its owners make for all that is found for it. Raises UsageError."""
    for view in views:
        for rule in rules_on(view, codes):
            yield Rule(code=rule.code, reason=rule.reason)
