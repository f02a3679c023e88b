"""The expressions that select devices.

https://github.com/google/cel-spec/blob/master/doc/langdef.md
https://kubernetes.io/docs/reference/using-api/cel/
"""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efadoctor.scheduling.dra import cel
from efadoctor.scheduling.dra.cel_values import (
    Budget,
    CelError,
    Domains,
    UnsupportedError,
    amount,
    version,
)

DEVICE = {
    "driver": "dra.net",
    "attributes": Domains(
        {"dra.net": {"rdma": True, "numa": 1, "pciDevice": "Elastic Fabric Adapter (EFA)",
                     "firmware": version("1.10.0")}}
    ),
    "capacity": Domains({"dra.net": {"bandwidth": amount("100G")}}),
    "allowMultipleAllocations": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        'device.driver == "dra.net"',
        "device.driver == 'dra.net'",
        """device.driver == "dra.net" && device.attributes["dra.net"].pciDevice == 'Elastic Fabric Adapter (EFA)'""",
        'device.attributes["dra.net"].rdma',
        'device.attributes["dra.net"]["numa"] >= 1',
        '!device.attributes["dra.net"].rdma || true',
        'has(device.attributes["dra.net"].rdma)',
        '!has(device.attributes["dra.net"].gpu)',
        '!has(device.attributes["other.io"].x)',
        '"dra.net" in device.attributes && !("other.io" in device.attributes)',
        'device.attributes["dra.net"].numa in [0, 1]',
        'device.attributes["dra.net"].pciDevice.startsWith("Elastic")',
        'device.attributes["dra.net"].pciDevice.lowerAscii().contains("efa")',
        'device.attributes["dra.net"].pciDevice.matches("^Elastic.*EFA")',
        'device.capacity["dra.net"].bandwidth.compareTo(quantity("100e9")) == 0',
        'device.capacity["dra.net"].bandwidth.isGreaterThan(quantity("10Gi"))',
        'device.attributes["dra.net"].firmware.compareTo(semver("1.9.0")) > 0',
        'device.attributes["dra.net"].firmware.isGreaterThan(semver("1.10.0-beta.1"))',
        "!device.allowMultipleAllocations",
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && -7 / 2 == -3 && -7 % 2 == -1",
        '(device.driver == "x" ? 1 : 2) == 2',
        "size('abc') == 3 && 'abc'.size() == 3",
        r"'a\'b' == " + '"a' + "'" + 'b"',
        "[1, 2].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2, 2].exists_one(x, x == 1)",
        "[1, 2, 3].filter(x, x > 1).size() == 2 && [1, 2].map(x, x + 1) == [2, 3]",
        'device.attributes["dra.net"].exists(key, key == "numa") && device.attributes.all(d, d == "dra.net")',
        # one that fails does not matter where another decides
        "[1, 0].exists(x, 4 / x == 4) && !['a', 1].all(x, x > 1)",
        'cel.bind(a, device.attributes["dra.net"], a.rdma && a.numa == 1)',
        'device.attributes["dra.net"].?numa.orValue(7) == 1 && device.attributes["dra.net"].?gpu.orValue(7) == 7',
        'device.attributes["dra.net"].?numa.hasValue() && !device.attributes["dra.net"][?"gpu"].hasValue()',
        'device.attributes["dra.net"].?gpu.?x.or(device.attributes["dra.net"].?numa).value() == 1',
        'quantity("1Gi").add(quantity("1Gi")).asInteger() == 2147483648 && quantity("1").sub(quantity("2")).sign() == -1',
        'quantity("1").isInteger() && !quantity("1m").isInteger() && isQuantity("1Gi") && !isQuantity("much")',
        'semver("1.2.3").major() == 1 && semver("1.2.3").minor() == 2 && semver("1.2.3").patch() == 3 && !isSemver("1.2")',
        'semver("1.0.0-rc.2").isLessThan(semver("1.0.0-rc.10")) && semver("1.0.0-1").isLessThan(semver("1.0.0-a"))',
        'semver("1.0.0-a").isLessThan(semver("1.0.0-a.1")) && semver("1.0.0+x").compareTo(semver("1.0.0+y")) == 0',
        '!isSemver("1.02.3") && !isSemver("v1.2.3") && isSemver("1.2.3-rc.1+build")',
        "'a,b'.split(',') == ['a', 'b'] && 'abc'.replace('b', 'x') == 'axc' && size(device.attributes) == 1",
        "int('7') == 7 && int(7.9) == 7 && double(7) == 7.0 && dyn(7) == 7",
        "' a '.trim() == 'a' && 'abcb'.indexOf('b') == 1 && 'abcb'.lastIndexOf('b') == 3",
        # a failing side does not matter where the other decides
        'device.attributes["dra.net"].gpu || true',
        '!(device.attributes["dra.net"].gpu && false)',
    ],
)
def test_an_expression_that_is_true_of_the_device(expression: str) -> None:
    assert cel.matches(expression, DEVICE)


@pytest.mark.parametrize(
    "expression",
    [
        'device.attributes["dra.net"].gpu',
        'device.attributes["dra.net"].numa',
        'device.attributes["dra.net"].numa < "1"',
        "1 / 0 == 1",
        "int('x') == 1",
        "double('x') == 1.0",
        "int(true) == 1",
        "int(1e300) == 1",
        '"a" + 1 == "a1"',
        'quantity("much") == quantity("1")',
        'device.driver.compareTo("x") == 0',
        "!1",
        "device[[1]] == 1",
        "device.attributes[[1]] == 1",
        "[1] in device.attributes",
        "9223372036854775807 + 1 > 0",
        "[1, 0].all(x, 4 / x == 4)",
        "(1).exists(x, true)",
        "device.driver.orValue(1) == 1",
        'device.attributes["dra.net"].?gpu.value() == 1',
        'quantity("1m").asInteger() == 0',
        "semver(1).major() == 1",
        "quantity(device) == quantity('1')",
        " * ".join(["9" * 18] * 99) + " * 1.5 > 0",
    ],
)
def test_an_expression_that_fails_for_the_device(expression: str) -> None:
    with pytest.raises(CelError):
        cel.matches(expression, DEVICE)


@pytest.mark.parametrize(
    "expression",
    [
        "", "device.", "device.driver ==", "(true", "true)", "a == b", "device.driver.format([1])",
        "[1, 2].all(1, true)", "cel.bind(a, 1)", "[1].reduce(x, x)", "[" + "1," * 99 + "1].all(x, true)",
        "[1].exists(a, [1].exists(b, [1].exists(c, true)))", "device.driver.orValue()", "__import__('os')", "device.driver = 1",
        "device.driver.matches('(a+)+b')", "device.driver.matches('" + "a*" * 9 + "')",
        "(" * 500 + "true" + ")" * 500, "!" * 500 + "true", "true" + " || true" * 500,
        "1" * 99 + " == 1", "true" + " " * 11_000, "'unterminated",
    ],
)  # fmt: skip
def test_what_goes_beyond_the_evaluator_is_said_to(expression: str) -> None:
    with pytest.raises(UnsupportedError):
        cel.matches(expression, DEVICE)


@pytest.mark.parametrize(
    "expression",
    [
        "device" + ".x" * 4000,
        "device.attributes['dra.net']" + ".?x" * 2000 + ".hasValue()",
        "'a'" + ".replace('', 'bbbbbbbbbbbbbbbbbbbb')" * 9 + " == ''",
        f"cel.bind(a, '{'x' * 4000}', {' + '.join(['a'] * 90)}) == ''",
        f"'{'a' * 33}'.matches('{'a?' * 33}{'a' * 33}')",
        f"'{'a' * 33}'.matches('{'(a|a)' * 18}b')",
        "'a'.matches('a{4294967295}')",
        "'a'.matches('[[a]')",
        "'a'.matches('[a--b]')",
    ],
)
def test_work_out_of_all_proportion_is_refused(expression: str) -> None:
    with pytest.raises(UnsupportedError):
        cel.matches(expression, DEVICE)


def test_the_choices_that_selectors_offer_are_tried() -> None:
    assert cel.matches("'p5en'.matches('^(p4d|p5|p5en?|p6|trn1|trn2|hpc7a)$')", DEVICE)


def test_evaluations_share_what_work_they_may_do() -> None:
    budget = Budget(5)
    assert cel.matches("[1, 2, 3].all(x, x > 0)", DEVICE, budget)
    with pytest.raises(UnsupportedError):
        cel.matches("[1, 2, 3].all(x, x > 0)", DEVICE, budget)


def asked_of(devices: int, name: str, pattern: str) -> int:
    """Of how many devices of such names a pattern is asked before it is too much work."""
    budget = Budget(cel.MOST_WORK)
    for number in range(devices):
        try:
            cel.matches(f"'{name.format(number)}'.matches('{pattern}') || true", DEVICE, budget)
        except UnsupportedError:
            return number
    return devices


@pytest.mark.parametrize(
    ("pattern", "devices"),
    [
        ("^rdma[0-9]", 4_000),
        ("^(p4d|p5|p5en?|p6|trn1|trn2|hpc7a)$", 4_000),
        ("^efa-.*-rail-.*$", 500),
    ],
)
def test_a_plain_pattern_may_be_asked_of_thousands(pattern: str, devices: int) -> None:
    assert asked_of(devices, "rdma{}", pattern) == devices


@pytest.mark.parametrize("pattern", ["a*a*a*c", "a*a*a?a?a?a?c", "a?" * 12 + "c", "(a|a)" * 12])
def test_patterns_that_try_much_are_asked_of_few(pattern: str) -> None:
    assert asked_of(100, "{:a>60}", pattern) < 100


def test_a_text_is_matched_once() -> None:
    budget = Budget(10)
    for _ in range(100):
        assert cel.matches("'rdma0'.matches('^rdma')", DEVICE, budget)
    with pytest.raises(UnsupportedError):
        cel.matches("'rdma1'.matches('^rdma')", DEVICE, budget)


@given(st.text(alphabet="device.rut&|!=<>()[]'\"+-*/%?:,1 a", max_size=40))
def test_any_text_is_answered_or_refused(expression: str) -> None:
    with contextlib.suppress(CelError, UnsupportedError):
        cel.matches(expression, DEVICE)


def test_a_raw_text_keeps_its_backslashes() -> None:
    assert cel.matches(r"size(r'a\n') == 3 && size('a\n') == 2", DEVICE)


def test_a_number_of_very_many_digits_is_not_tried() -> None:
    longest = "9" * cel.LONGEST_NUMBER
    assert cel.matches(f"{longest} > 0", DEVICE)
    with pytest.raises(UnsupportedError):
        cel.matches(f"{longest}9 > 0", DEVICE)
