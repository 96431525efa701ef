from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.retention import RetentionPolicy, Rule, Rules, kinds_of, mask_of

RULE = st.builds(Rule, st.sampled_from(RetentionPolicy), st.integers(0, 3650))
RULES = st.builds(Rules, RULE, st.dictionaries(st.sampled_from(RetentionClass), RULE), st.integers(0, 3650))
MASKS = st.integers(1, 63)
# Leap days and the nights in which clocks change lie among them.
TIMES = st.datetimes(datetime(2023, 1, 1), datetime(2033, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
SECOND = timedelta(seconds=1)


@given(MASKS)
def test_a_set_of_kinds_is_one_number_and_back(mask: int) -> None:
    assert mask_of(kinds_of(mask)) == mask


@given(RULES, MASKS, TIMES)
def test_a_kind_is_due_at_its_second_and_not_before(rules: Rules, mask: int, delivered: datetime) -> None:
    for kind in kinds_of(mask):
        end = delivered + timedelta(days=rules.lasts(kind))
        one = mask_of([kind])
        assert rules.due(mask, delivered, end) & one
        assert not rules.due(mask, delivered, end - SECOND) & one


@given(RULES, MASKS, TIMES)
def test_first_and_last_are_when_something_and_everything_is_due(
    rules: Rules, mask: int, delivered: datetime
) -> None:
    first, last = rules.first(mask, delivered), rules.last(mask, delivered)
    assert rules.due(mask, delivered, first)
    assert not rules.due(mask, delivered, first - SECOND)
    assert rules.due(mask, delivered, last) == mask
    assert rules.due(mask, delivered, last - SECOND) != mask


@given(RULES, MASKS, TIMES, st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_what_was_due_stays_due(rules: Rules, mask: int, delivered: datetime, later: timedelta) -> None:
    before = rules.due(mask, delivered, delivered + later)
    assert before & ~rules.due(mask, delivered, delivered + later + timedelta(hours=1)) == 0


def test_a_day_has_24_hours_whatever_the_clocks_do() -> None:
    month = Rules(Rule(RetentionPolicy.DAYS, 30))
    for start in ((2026, 3, 20), (2026, 10, 20), (2028, 2, 10)):
        delivered = datetime(*start, 9, tzinfo=ZoneInfo("Europe/Stockholm")).astimezone(UTC)
        assert month.last(1, delivered) - delivered == 30 * 24 * timedelta(hours=1)


def test_a_record_that_holds_nothing_counts_as_other() -> None:
    rules = Rules(Rule(RetentionPolicy.DAYS, 30), {RetentionClass.OTHER: Rule(RetentionPolicy.IMMEDIATE)})
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert rules.due(0, now, now) == mask_of([RetentionClass.OTHER])
