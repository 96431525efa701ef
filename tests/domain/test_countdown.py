"""The parts of a person's data, when each goes and by which rule."""

from datetime import date, timedelta

from nexus_portal.domain.countdown import days_until, parts
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.retention import RetentionPolicy, Rule, Rules, mask_of
from tests.world import NOON

K = RetentionClass
RULES = Rules(
    Rule(RetentionPolicy.DAYS, 30),
    {K.PHOTO: Rule(RetentionPolicy.IMMEDIATE), K.CARD_NUMBER: Rule(RetentionPolicy.WARRANTY)},
    warranty_days=365,
)
ALL = mask_of([K.NAME, K.PHOTO, K.CARD_NUMBER])


def test_before_delivery_each_part_has_its_rule_and_no_day() -> None:
    found = parts(RULES, held=ALL, required=ALL, delivered_at=None, now=NOON)
    assert [(part.kinds, part.day, part.policy, part.days) for part in found] == [
        ((K.PHOTO,), None, RetentionPolicy.IMMEDIATE, 0),
        ((K.NAME,), None, RetentionPolicy.DAYS, 30),
        ((K.CARD_NUMBER,), None, RetentionPolicy.WARRANTY, 365),
    ]
    assert days_until(found, NOON.date()) == -1


def test_what_went_is_named_with_its_day_and_what_goes_with_its_own() -> None:
    later = NOON + timedelta(days=3)
    held = mask_of([K.NAME, K.CARD_NUMBER])
    found = parts(RULES, held=held, required=ALL, delivered_at=NOON, now=later)
    assert [(part.kinds, part.gone, part.day) for part in found] == [
        ((K.PHOTO,), True, NOON.date()),
        ((K.NAME,), False, date(2026, 4, 1)),
        ((K.CARD_NUMBER,), False, date(2027, 3, 2)),
    ]
    assert days_until(found, later.date()) == 362


def test_what_was_never_entered_is_not_said_to_be_gone() -> None:
    held = mask_of([K.NAME])
    optional = parts(RULES, held=held, required=held, delivered_at=NOON, now=NOON)
    assert [part.kinds for part in optional] == [(K.NAME,)]
    # Demanded and missing, but its time is not over: nobody took it.
    demanded = parts(RULES, held=held, required=ALL, delivered_at=NOON, now=NOON - timedelta(seconds=1))
    assert [part.kinds for part in demanded] == [(K.NAME,)]


def test_kinds_of_one_rule_go_together_and_an_empty_record_counts_as_other_data() -> None:
    together = mask_of([K.NAME, K.PERSONAL_NUMBER, K.ADDRESS])
    [part] = parts(RULES, held=together, required=0, delivered_at=NOON, now=NOON)
    assert part.kinds == (K.NAME, K.PERSONAL_NUMBER, K.ADDRESS)
    [empty] = parts(RULES, held=0, required=0, delivered_at=NOON, now=NOON)
    assert empty.kinds == (K.OTHER,)
