"""By when a person is answered, and which numbers of cases name nobody."""

from datetime import date

import pytest

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.person_requests import case_number, due_on

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("received", "due", "longer"),
    [
        (date(2026, 3, 2), date(2026, 4, 2), date(2026, 6, 2)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2027, 12, 31), date(2028, 1, 31), date(2028, 3, 31)),
        (date(2027, 11, 30), date(2027, 12, 30), date(2028, 2, 29)),
        (date(2026, 10, 25), date(2026, 11, 25), date(2027, 1, 25)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(received: date, due: date, longer: date) -> None:
    assert due_on(received) == due
    assert due_on(received, extended=True) == longer


@pytest.mark.parametrize("text", ["", "DNR-2026/118", " 2026:7 ", "Ä-12.3", "KS_2026-00417"])
def test_numbers_of_cases_are_taken(text: str) -> None:
    assert case_number(text, TODAY) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Astrid",
        "Astrid Å 1",
        "640823-3234",
        "19640823-3234",
        "196408233234",
        "DNR640823-3234",
        "1" * 41,
        "=1",
    ],
)
def test_what_may_name_a_person_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        case_number(text, TODAY)
