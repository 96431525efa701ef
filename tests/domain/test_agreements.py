"""Who is asked to accept the agreement, and from which day nothing is ordered without it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from nexus_portal.domain.agreements import NOTICE, Offer, Standing, situation

JANUARY = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DUE = (JUNE + NOTICE).date()


def first(*, accepted: bool = True) -> Offer:
    return Offer(
        version="1",
        required_from=date(2026, 1, 10),
        offered_at=JANUARY,
        accepted_at=JANUARY if accepted else None,
    )


def second(*, accepted: bool = False, required_from: date = date(2026, 6, 1)) -> Offer:
    at = JUNE + timedelta(hours=1) if accepted else None
    return Offer(version="2", required_from=required_from, offered_at=JUNE, accepted_at=at)


def test_where_nothing_is_offered_nothing_is_asked() -> None:
    assert situation([], customer_since=JANUARY, today=DUE).standing is Standing.NONE


def test_a_new_customer_accepts_before_the_first_order() -> None:
    now = situation([first(accepted=False)], customer_since=JANUARY, today=JANUARY.date())
    assert (now.standing, now.current, now.accepted, now.due) == (Standing.STOPPED, "1", "", None)


def test_who_was_a_customer_before_there_was_one_has_the_whole_notice() -> None:
    before, due = JANUARY - timedelta(seconds=1), (JANUARY + NOTICE).date()
    asked = situation([first(accepted=False)], customer_since=before, today=due - timedelta(days=1))
    assert (asked.standing, asked.due) == (Standing.ASKED, due)
    assert situation([first(accepted=False)], customer_since=before, today=due).standing is Standing.STOPPED


def test_what_was_accepted_is_enough() -> None:
    now = situation([first()], customer_since=JANUARY, today=date(2030, 1, 1))
    assert (now.standing, now.accepted, now.accepted_at, now.due) == (Standing.ACCEPTED, "1", JANUARY, None)


@pytest.mark.parametrize(
    ("today", "standing"),
    [(DUE - timedelta(days=1), Standing.ASKED), (DUE, Standing.STOPPED)],
    ids=["the day before", "its day"],
)
def test_a_newer_version_is_asked_for_until_its_day(today: date, standing: Standing) -> None:
    now = situation([first(), second()], customer_since=JANUARY, today=today)
    assert (now.standing, now.current, now.accepted, now.due) == (standing, "2", "1", DUE)


def test_the_text_may_give_more_time_and_never_less() -> None:
    later = DUE + timedelta(days=60)
    offers = [first(), second(required_from=later)]
    assert situation(offers, customer_since=JANUARY, today=DUE).due == later


def test_a_third_version_does_not_put_the_second_off() -> None:
    third = Offer(version="3", required_from=DUE, offered_at=JUNE + timedelta(days=20))
    now = situation([first(), second(), third], customer_since=JANUARY, today=DUE)
    assert (now.standing, now.current, now.due) == (Standing.STOPPED, "3", DUE)


def test_a_version_that_was_skipped_is_no_longer_asked_for() -> None:
    offers = [first(accepted=False), second(accepted=True)]
    assert situation(offers, customer_since=JANUARY, today=DUE).standing is Standing.ACCEPTED
