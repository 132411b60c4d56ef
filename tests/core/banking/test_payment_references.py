"""References with check digits: made by us, judged by the libraries, one wrong digit refused."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

from acquit.core.payment_references import (
    PaymentReference,
    ReferenceKind,
    Scope,
    customer_number,
    is_qr_iban,
    make_reference,
    read_reference,
    repairs,
)

JUDGES = {
    ReferenceKind.RF: iso11649.is_valid,
    ReferenceKind.SWISS: esr.is_valid,
    ReferenceKind.BELGIAN: ogm_vcs.is_valid,
}
KINDS = st.sampled_from(list(ReferenceKind))
SCOPES = st.sampled_from(list(Scope))
NUMBERS = st.text(string.digits + "-/ ", min_size=1, max_size=9).filter(
    lambda text: any(character.isdigit() for character in text)
)


@pytest.mark.parametrize(
    ("kind", "scope", "number", "printed"),
    [
        (ReferenceKind.RF, Scope.INVOICE, "INV-2026-0001", "RF16 INV2 0260 001"),
        (ReferenceKind.RF, Scope.CUSTOMER, "1001", "RF34 C100 1"),
        (ReferenceKind.SWISS, Scope.INVOICE, "F-26-0042", "10 00000 00000 00000 01526 00429"),
        (ReferenceKind.BELGIAN, Scope.BUNDLE, "26-00042", "+++300/2600/04259+++"),
    ],
)
def test_as_the_standards_print_them(
    kind: ReferenceKind, scope: Scope, number: str, printed: str
) -> None:
    made = make_reference(kind=kind, scope=scope, number=number)
    assert made.printed.replace(" ", "") == printed.replace(" ", "")
    assert read_reference(made.printed) == made


@given(KINDS, SCOPES, NUMBERS)
def test_what_is_made_is_valid_and_read_back(
    kind: ReferenceKind, scope: Scope, number: str
) -> None:
    made = make_reference(kind=kind, scope=scope, number=number)
    assert JUDGES[kind](made.value)
    assert read_reference(made.value) == read_reference(made.printed.lower()) == made


@given(KINDS, SCOPES, NUMBERS, st.data())
def test_one_wrong_digit_is_seen(
    kind: ReferenceKind, scope: Scope, number: str, data: st.DataObject
) -> None:
    value = make_reference(kind=kind, scope=scope, number=number).value
    at = data.draw(st.sampled_from([i for i, c in enumerate(value) if c.isdigit()]))
    other = data.draw(st.sampled_from(string.digits).filter(lambda digit: digit != value[at]))
    assert read_reference(value[:at] + other + value[at + 1 :]) is None


@given(NUMBERS, NUMBERS, KINDS)
def test_scopes_and_numbers_never_meet(one: str, other: str, kind: ReferenceKind) -> None:
    def value(scope: Scope, number: str) -> str:
        return make_reference(kind=kind, scope=scope, number=number).value

    assert value(Scope.CUSTOMER, one) != value(Scope.BUNDLE, other)
    assert value(Scope.INVOICE, one) != value(Scope.CUSTOMER, other)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    found = read_reference(text)
    assert found is None or JUDGES[found.kind](found.value)


@pytest.mark.parametrize(
    ("kind", "number", "room"),
    [
        (ReferenceKind.RF, "X" * 22, "21 characters"),
        (ReferenceKind.SWISS, "X" * 13, "25 digits"),
        (ReferenceKind.BELGIAN, "F-2026-000042", "9 digits"),
        (ReferenceKind.RF, "-/-", "none"),
    ],
)
def test_no_room_or_nothing_in_it(kind: ReferenceKind, number: str, room: str) -> None:
    with pytest.raises(ValueError, match=room):
        make_reference(kind=kind, scope=Scope.INVOICE, number=number)


@pytest.mark.parametrize("text", ["0" * 27, "0" * 12, "+++090/9337/55493+++ ", "12345", ""])
def test_only_whole_references_of_something(text: str) -> None:
    expected = PaymentReference(ReferenceKind.BELGIAN, "090933755493") if "+++" in text else None
    assert read_reference(text) == expected


def test_qr_ibans() -> None:
    assert is_qr_iban("CH44 3199 9123 0008 8901 2")
    assert not is_qr_iban("CH93 0076 2011 6238 5295 7")
    assert not is_qr_iban("DE89 3104 0044 0532 0130 00")


@pytest.mark.parametrize("kind", list(ReferenceKind))
def test_a_customer_is_named_by_a_reference_of_its_scope_only(kind: ReferenceKind) -> None:
    for scope in Scope:
        made = make_reference(kind=kind, scope=scope, number="10427")
        assert customer_number(made.value) == ("10427" if scope is Scope.CUSTOMER else "")
    assert customer_number("10427") == customer_number("RF00C10427") == customer_number("") == ""


@given(st.text(string.digits, min_size=27, max_size=27), st.sampled_from(list(ReferenceKind)))
def test_repairs_are_all_that_one_slip_may_have_been(digits: str, kind: ReferenceKind) -> None:
    key = {ReferenceKind.RF: f"RF{digits[:14]}", ReferenceKind.BELGIAN: digits[:12]}.get(
        kind, digits
    )
    head = 2 if kind is ReferenceKind.RF else 0
    near = {
        f"{key[:at]}{digit}{key[at + 1 :]}"
        for at in range(head, len(key))
        for digit in string.digits
    }
    near |= {f"{key[:at]}{key[at + 1]}{key[at]}{key[at + 2 :]}" for at in range(head, len(key) - 1)}
    right = {one for one in near if JUDGES[kind](one) and one.strip("0")}
    found = repairs(key)
    assert len(found) == len(set(found))
    assert set(found) == (set() if read_reference(key) else right)
