"""Blockers are found exactly where Karpenter refuses, whatever pool and pod."""

from hypothesis import given
from hypothesis import strategies as st
from provisioning import (
    CAPACITY,
    EFA,
    GPU,
    TYPE,
    ZONE,
    A,
    B,
    C,
    Json,
    ask,
    pod,
    pool,
    required,
    requirement,
    taint,
)

KEYS = (TYPE, ZONE, CAPACITY, "kubernetes.io/arch", "karpenter.kwok.sh/instance-cpu", "team")
WORDS = (A, B, C, "on-demand", "spot", "amd64", "arm64", "p5.48xlarge", "m5.large", "4", "96", "a")
listed = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True)
requirements = st.one_of(
    st.builds(requirement, st.sampled_from(KEYS), st.sampled_from(["Exists", "DoesNotExist"])),
    st.builds(
        lambda key, operator, values: requirement(key, operator, *values),
        st.sampled_from(KEYS),
        st.sampled_from(["In", "NotIn"]),
        listed,
    ),
    st.builds(
        lambda operator, value: requirement("karpenter.kwok.sh/instance-cpu", operator, value),
        st.sampled_from(["Gt", "Lt"]),
        st.sampled_from(["4", "31", "96", "200"]),
    ),
)
pools = st.builds(
    lambda written, tainted, limit, team: pool(
        "pool",
        *written,
        taints=(taint("x"),) if tainted else (),
        labels={"team": team} if team else {},
        limits={"cpu": limit} if limit else {},
    ),
    st.lists(requirements, max_size=3),
    st.booleans(),
    st.sampled_from(["", "3", "40", "1000"]),
    st.sampled_from(["", "a", "b"]),
)
amounts = st.dictionaries(
    st.sampled_from([EFA, GPU, "cpu", "memory", "hugepages-2Mi"]),
    st.sampled_from(["0", "1", "4", "32", "100"]),
    max_size=3,
)
pods = st.builds(
    lambda requests, terms, selector: pod(
        requests=requests, nodeSelector=selector, affinity=required(*terms) if terms else {}
    ),
    amounts,
    st.lists(st.lists(requirements, min_size=1, max_size=2), max_size=2),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(WORDS), max_size=2),
)


@given(pods, pools)
def test_blockers_are_found_exactly_where_karpenter_refuses(subject: Json, written: Json) -> None:
    found = ask(subject, written)
    judgement = found.judgements["pool"]
    assert bool(judgement.blockers) is not bool(judgement.launch)
    assert (found.nodepool is None) == bool(judgement.blockers)
    assert bool(found.errors) == bool(judgement.blockers) or not found.message
