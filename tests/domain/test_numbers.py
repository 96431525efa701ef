"""Numbers that people read, type and scan."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.numbers import (
    YEAR,
    document_number,
    item_code,
    order_number,
    parse_item_code,
    parse_order_number,
)

SERIALS = st.builds(lambda year, n: year * YEAR + n, st.integers(2000, 9999), st.integers(1, YEAR - 1))


def test_an_order_number_is_the_year_and_five_digits_or_six() -> None:
    assert order_number(2026_000417) == "2026-00417"
    assert order_number(2026_123456) == "2026-123456"


@settings(deadline=None)
@given(SERIALS)
def test_an_order_number_leads_back_to_its_serial(serial: int) -> None:
    assert parse_order_number(f" {order_number(serial)} ") == serial


@settings(deadline=None)
@given(SERIALS, st.integers(1, 999_999))
def test_a_code_leads_back_to_its_card(serial: int, position: int) -> None:
    assert parse_item_code(item_code(serial, position)) == (serial, position)


@pytest.mark.parametrize("sign", list("-+/ '_"))
def test_a_scanner_may_be_set_to_another_keyboard(sign: str) -> None:
    assert parse_item_code(f"2026{sign}00417{sign}3") == (2026_000417, 3)


@settings(deadline=None)
@given(st.text(max_size=30).filter(lambda text: not any(sign.isdecimal() for sign in text)))
def test_other_text_is_no_number_and_is_not_echoed(text: str) -> None:
    for parse, words in (
        (parse_order_number, "There is no such order number."),
        (parse_item_code, "There is no card with this code."),
    ):
        with pytest.raises(NotFound) as refusal:
            parse(text)
        assert str(refusal.value) == words


@pytest.mark.parametrize(
    "text", ["2026-0417", "2026-0000417", "2026-00417-3", "-2026-00417", "\uff12026-00001"]
)
def test_near_misses_are_no_order_numbers(text: str) -> None:
    with pytest.raises(NotFound):
        parse_order_number(text)


def test_documents_have_a_letter_a_year_and_four_digits_or_more() -> None:
    assert document_number("B", 2026, 118) == "B-2026-0118"
    assert document_number("C", 2026, 123456) == "C-2026-123456"
