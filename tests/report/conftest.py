"""Reports built by hand, so that faces are tested apart from what finds the causes."""

from __future__ import annotations

import msgspec
import pytest

from efadoctor.model.coverage import Coverage, CoverageStatus
from efadoctor.model.finding import (
    Evidence,
    EvidenceSource,
    Finding,
    PathId,
    PathKind,
    Severity,
    Stage,
)
from efadoctor.model.fix import Fix, Operation, Patch, Risk
from efadoctor.model.reference import ObjectRef
from efadoctor.model.report import (
    CheckResult,
    CheckStatus,
    Graph,
    PathReport,
    Plan,
    PlanStep,
    Report,
    SchedulerView,
    Verdict,
)
from efadoctor.model.snapshot import Origin
from efadoctor.report.reports import Reports

POD = ObjectRef("v1", "Pod", "default", "efa-test-pod")
POOL = ObjectRef("karpenter.sh/v1", "NodePool", "", "gpu-efa")
EFA_PLUGIN = ObjectRef("apps/v1", "DaemonSet", "kube-system", "aws-efa-k8s-device-plugin")
GPU_PLUGIN = ObjectRef("apps/v1", "DaemonSet", "kube-system", "nvidia-device-plugin-daemonset")
GROUP = ObjectRef("aws/ec2", "PlacementGroup", "", "training-on-eks")
NODE_CLASS = ObjectRef("karpenter.k8s.aws/v1", "EC2NodeClass", "", "gpu-efa")
TAINT = {"key": "vpc.amazonaws.com", "value": "true", "effect": "NoSchedule"}
TOLERATION = {"key": "vpc.amazonaws.com", "operator": "Exists", "effect": "NoSchedule"}

REPLACE_POD = (
    "kubectl get pod efa-test-pod -n default -o json | jq '.spec.tolerations[1].key = "
    '"vpc.amazonaws.com"\' | kubectl replace --force -f -'
)
PATCH_EFA = (
    "kubectl patch daemonset aws-efa-k8s-device-plugin -n kube-system --type=json -p "
    '\'[{"op":"add","path":"/spec/template/spec/tolerations/-","value":{"key":"vpc.amazonaws.com",'
    '"operator":"Exists","effect":"NoSchedule"}}]\''
)
PATCH_GPU = PATCH_EFA.replace(EFA_PLUGIN.name, GPU_PLUGIN.name)


def _misspelled() -> Finding:
    return Finding(
        code="EFA105",
        check="toleration-misspelled",
        title="a toleration that nearly meets a taint",
        severity=Severity.ERROR,
        stage=Stage.POD,
        fingerprint="0f3c9a6f5b1d2e47",
        docs="https://github.com/efadoctor/efadoctor/blob/main/docs/checks/EFA105.md",
        object=POD,
        summary="The pod tolerates vpc.amazon.com/efa, a key that no taint has; "
        "NodePool gpu-efa's taint is vpc.amazonaws.com",
        chain=(
            "The pod tolerates vpc.amazon.com/efa, a key that no taint has.",
            "So the taint vpc.amazonaws.com=true:NoSchedule of NodePool gpu-efa keeps it off.",
        ),
        evidence=(
            Evidence(
                object=POD,
                field="spec.tolerations[1].key",
                value="vpc.amazon.com/efa",
                expected="vpc.amazonaws.com",
            ),
            Evidence(object=POOL, field="spec.template.spec.taints[1]", value=TAINT),
        ),
        fixes=(
            Fix(
                title="Correct the toleration's key",
                edits=(
                    Patch(
                        target=POD,
                        operations=(
                            Operation(
                                op="replace",
                                path="/spec/tolerations/1/key",
                                value="vpc.amazonaws.com",
                            ),
                        ),
                    ),
                ),
                commands=(REPLACE_POD,),
                risk=Risk.RESTARTS,
                warning="deletes the pod and makes it again",
                verified=True,
                after="0/3 nodes are available: 1 Insufficient vpc.amazonaws.com/efa.",
            ),
        ),
    )


def _kept_off(code: str, plugin: ObjectRef, command: str, resource: str, after: str) -> Finding:
    return Finding(
        code=code,
        check="plugin-taint-not-tolerated",
        title="a device plugin that a taint keeps off its nodes",
        severity=Severity.ERROR,
        stage=Stage.PLUGIN,
        fingerprint=f"{code.lower()}00c0ffee00",
        docs=f"https://github.com/efadoctor/efadoctor/blob/main/docs/checks/{code}.md",
        object=plugin,
        summary=f"DaemonSet {plugin.name} does not tolerate vpc.amazonaws.com=true:NoSchedule",
        chain=(
            f"DaemonSet {plugin.name} does not tolerate vpc.amazonaws.com=true:NoSchedule.",
            f"So it runs on no node of gpu-efa, and none offers {resource}.",
        ),
        evidence=(
            Evidence(
                object=plugin,
                field="spec.template.spec.tolerations",
                value=[{"key": "CriticalAddonsOnly", "operator": "Exists"}],
                expected=[TOLERATION],
            ),
            Evidence(object=POOL, field="spec.template.spec.taints[1]", value=TAINT),
        ),
        fixes=(
            Fix(
                title="Let the plugin tolerate the taint",
                commands=(command,),
                risk=Risk.RESTARTS,
                warning="restarts the plugin's pod on each node",
                verified=True,
                after=after,
            ),
        ),
    )


def _warning(code: str, ref: ObjectRef, summary: str, field: str, value: object) -> Finding:
    return Finding(
        code=code,
        check="a-warning",
        title="a warning",
        severity=Severity.WARNING,
        stage=Stage.PLACEMENT,
        fingerprint=f"{code.lower()}00decade00",
        object=ref,
        summary=summary,
        evidence=(Evidence(object=ref, field=field, value=value, source=EvidenceSource.AWS),),
    )


def _results(causes: tuple[Finding, ...], warnings: tuple[Finding, ...]) -> tuple[CheckResult, ...]:
    found = [(f, CheckStatus.FAIL) for f in causes] + [(f, CheckStatus.WARN) for f in warnings]
    told = [
        CheckResult(check=f.check, code=f.code, status=s, object=f.object, summary=f.summary)
        for f, s in found
    ]
    return (
        *told,
        CheckResult(check="toleration-missing", code="EFA104", status=CheckStatus.PASS),
        CheckResult(
            check="sg-egress-self-missing",
            code="EFA601",
            status=CheckStatus.UNKNOWN,
            summary="not read: aws/ec2/describe-security-group-rules",
        ),
        CheckResult(
            check="efa-not-advertised",
            code="EFA501",
            status=CheckStatus.SKIPPED,
            summary="makes sense once efa-plugin-taint-not-tolerated has passed",
        ),
    )


@pytest.fixture
def walkthrough() -> Report:
    """Three causes on one path and two warnings, as the seed incident has them."""
    efa = "vpc.amazonaws.com/efa"
    causes = (
        _misspelled(),
        _kept_off("EFA402", EFA_PLUGIN, PATCH_EFA, efa, "1 Insufficient nvidia.com/gpu."),
        _kept_off("EFA412", GPU_PLUGIN, PATCH_GPU, "nvidia.com/gpu", "node gpu-1 takes the pod"),
    )
    warnings = (
        _warning(
            "EFA703",
            GROUP,
            "No NodeClass or launch template names placement group training-on-eks",
            "State",
            "available",
        ),
        _warning(
            "EFA804",
            NODE_CLASS,
            "ulimit in user data ends with its script; pods do not inherit it",
            "spec.userData",
            "ulimit -l unlimited",
        ),
    )
    return Report(
        generated_at="2026-11-20T09:30:00Z",
        version="0.1.0",
        source=Origin(
            kind="bundle",
            cluster="training-on-eks",
            region="ap-northeast-2",
            captured_at="2026-11-20T09:30:00Z",
        ),
        server_version="v1.36.2",
        subjects=(POD,),
        verdict=Verdict.BLOCKED,
        summary="The pod tolerates vpc.amazon.com/efa, a key that no taint has; "
        "behind it 2 more causes (EFA402, EFA412).",
        root_causes=causes,
        warnings=warnings,
        paths=(
            PathReport(
                id=PathId(PathKind.NODEPOOL, "gpu-efa"),
                nodes=1,
                blockers=("EFA105", "EFA402", "EFA412"),
                chosen=True,
            ),
            PathReport(id=PathId(PathKind.NODEPOOL, "gpu"), nodes=0, blockers=("EFA106",)),
        ),
        plan=Plan(
            steps=tuple(
                PlanStep(finding=n, fix=0, after=f.fixes[0].after) for n, f in enumerate(causes)
            ),
            verified=True,
        ),
        scheduler=SchedulerView(
            observed="0/3 nodes are available: 1 node(s) had untolerated taint(s).",
            predicted="0/3 nodes are available: 1 node(s) had untolerated taint(s).",
            agrees=True,
        ),
        checks=_results(causes, warnings),
        coverage=(
            Coverage(source="cluster/nodes", status=CoverageStatus.READ),
            Coverage(
                source="aws/ec2/describe-security-group-rules",
                status=CoverageStatus.DENIED,
                detail="UnauthorizedOperation",
            ),
        ),
        graph=Graph(
            nodes=("toleration-misspelled", "efa-plugin-taint-not-tolerated"),
            edges=(("toleration-misspelled", "efa-plugin-taint-not-tolerated"),),
        ),
    )


@pytest.fixture
def one(walkthrough: Report) -> Reports:
    return Reports(reports=(walkthrough,), single=True)


@pytest.fixture
def many(walkthrough: Report) -> Reports:
    """A hundred groups, as a bad day has them: each with causes of its own."""
    return Reports(reports=tuple(_numbered(walkthrough, n) for n in range(100)))


def _numbered(report: Report, number: int) -> Report:
    causes = tuple(
        msgspec.structs.replace(f, fingerprint=f"{number:016x}") for f in report.root_causes
    )
    return msgspec.structs.replace(report, root_causes=causes)


EVIL = (
    "[red]x[/red] [/] `tick` ``` | pipe <script>alert(1)</script> <!channel> @everyone #12 "
    "::error::no\n::set-output name=x::y\n\n# heading ]]> &amp; %0A \\x1b[31m \ufffe 한국어"
)


@pytest.fixture
def hostile(walkthrough: Report) -> Reports:
    """Every text that a cluster's author may choose tries to be something else."""
    pod = ObjectRef("v1", "Pod", "default", EVIL)
    cause = msgspec.structs.replace(
        walkthrough.root_causes[0],
        object=pod,
        summary=EVIL,
        chain=(EVIL, EVIL),
        evidence=(
            Evidence(object=pod, field=EVIL, value=EVIL, expected=EVIL, note=EVIL, location=EVIL),
            Evidence(object=POOL, field="x", value={EVIL: [EVIL, None, True, 1.5]}),
        ),
        fixes=(Fix(title=EVIL, commands=(f"echo '{EVIL.replace(chr(10), ' ')}'",), warning=EVIL),),
    )
    report = msgspec.structs.replace(
        walkthrough,
        subjects=(pod,) * 5,
        summary=EVIL,
        root_causes=(cause,),
        warnings=(msgspec.structs.replace(walkthrough.warnings[0], summary=EVIL, object=pod),),
        plan=Plan(steps=(PlanStep(finding=0, fix=0, after=EVIL),), verified=None, why=EVIL),
        scheduler=SchedulerView(observed=EVIL, predicted=EVIL, agrees=False),
        coverage=(Coverage(source=EVIL, status=CoverageStatus.ERROR, detail=EVIL),),
    )
    return Reports(reports=(report,), single=True)
