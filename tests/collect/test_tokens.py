"""What stands for identities, and the few words that are kept of free text."""

from __future__ import annotations

import re

import pytest

from efadoctor.collect.telling import telling_user_data
from efadoctor.collect.tokens import Tokens, numbered, salted


@pytest.mark.parametrize(
    "text",
    [
        '{"memory":"206158430208","cpu":"192"}',
        '{"CidrIp":"0.0.0.0/0"}',
        '{"CidrIpv6":"::/0"}',
        '{"image":"602401143452.example/eks/plugin:v1.2.3.4-eksbuild.1"}',
        '{"kubeletVersion":"v1.36.2-eks-8f2c6d1"}',
        '{"message":"0/5 nodes are available: 4 Insufficient vpc.amazonaws.com/efa."}',
    ],
)
def test_what_is_no_identity_stays(text: str) -> None:
    raw = text.encode()
    assert Tokens(salted(), {"f": raw}, plain_ids=False).apply(raw) == raw


def test_the_same_salt_gives_the_same_tokens_and_another_others() -> None:
    raw = b'"i-0123456789abcdef0" "arn:aws:iam::111122223333:role/r" "10.1.2.3"'
    one, two, three = (
        Tokens(salted(s), {"f": raw}, plain_ids=False).apply(raw) for s in (b"a", b"a", b"b")
    )
    assert one == two != three
    assert re.fullmatch(rb'"i-[0-9a-f]{17}" "arn:aws:iam::\d{12}:role/r" "10\.\d+\.\d+\.\d+"', one)


def test_an_address_is_the_same_in_a_name_and_by_itself() -> None:
    raw = b'"ip-10-1-2-3" "10.1.2.3"'
    name, address = Tokens(numbered(), {}, plain_ids=False).apply(raw).decode().split()
    assert name.strip('"').removeprefix("ip-").replace("-", ".") == address.strip('"')


def test_of_user_data_only_settings_are_kept() -> None:
    text = "PASSWORD=x\ncat <<E >/etc/security/limits.d/efa.conf\n* soft memlock unlimited\n* hard memlock unlimited\nE\n"
    assert telling_user_data(text).splitlines() == [
        "/etc/security/limits.d/efa.conf",
        "* soft memlock unlimited",
        "* hard memlock unlimited",
    ]
