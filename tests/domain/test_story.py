"""What happened to an order, in sentences."""

from nexus_portal.domain.lifecycles import Fulfilment, Stage
from nexus_portal.domain.story import Happening, story

F, S = Fulfilment, Stage


def at(hour: int, day: int = 2) -> str:
    return f"2026-03-{day:02}T{hour:02}:00:00+00:00"


def moved(hour: int, start: Fulfilment, end: Fulfilment, who: str = "", reason: str = "") -> Happening:
    return Happening(axis="fulfilment", start=start, end=end, at=at(hour), who=who, reason=reason)


def cards(
    hour: int, end: Stage, count: int, *, parcel: str = "", reason: str = "", day: int = 2
) -> Happening:
    return Happening(
        axis="stage", start="", end=end, at=at(hour, day), count=count, parcel=parcel, reason=reason
    )


def told(*happenings: Happening, total: int = 12, promised: str = "12 November") -> list[str]:
    return [str(chapter.text) for chapter in story(happenings, cards=total, promised=promised)]


def test_an_order_from_sending_to_arrival() -> None:
    assert told(
        moved(1, F.DRAFT, F.AWAITING_APPROVAL, "Sara Lindmark"),
        moved(2, F.AWAITING_APPROVAL, F.APPROVED, "Ove Berg"),
        moved(3, F.APPROVED, F.ACCEPTED),
        moved(4, F.ACCEPTED, F.IN_PRODUCTION),
        cards(5, S.PRODUCED, 8),
        cards(6, S.PRODUCED, 4, day=3),
        moved(6, F.IN_PRODUCTION, F.PRODUCED),
        cards(7, S.SHIPPED, 12, parcel="PostNord 0037", day=4),
        moved(7, F.PRODUCED, F.SHIPPED),
        cards(9, S.DELIVERED, 10, day=5),
        cards(9, S.DELIVERED, 2, day=6),
        Happening(axis="billing", start="unbilled", end="invoiced", at=at(8, 4)),
    ) == [
        "Sara Lindmark sent the order; it waits for approval",
        "Ove Berg approved the order",
        "The bureau accepted it; delivery is expected 12 November",
        "Production began",
        "8 of 12 cards are produced",
        "All 12 cards are produced",
        "12 cards were sent with PostNord 0037",
        "The bureau invoiced it",
        "10 of 12 cards have arrived",
        "All cards have arrived",
    ]


def test_cards_that_come_one_by_one_in_a_day_are_one_sentence() -> None:
    assert told(*(cards(hour, S.PRODUCED, 1) for hour in range(8))) == ["8 of 12 cards are produced"]


def test_failures_of_different_reasons_stay_apart_and_keep_them() -> None:
    chapters = story(
        [cards(1, S.QUEUED, 1, reason="Scratched"), cards(2, S.QUEUED, 2, reason="Blank")], cards=3
    )
    assert [(str(chapter.text), chapter.reason) for chapter in chapters] == [
        ("One card failed a check and is made anew", "Scratched"),
        ("2 cards failed a check and are made anew", "Blank"),
    ]


def test_a_remake_never_makes_more_cards_than_were_ordered() -> None:
    assert told(cards(1, S.PRODUCED, 1), cards(2, S.PRODUCED, 1, day=3), total=1) == [
        "The card is produced",
        "The card is produced",
    ]


def test_the_bureau_is_told_of_without_a_name_and_its_reason_is_kept() -> None:
    (chapter,) = story([moved(1, F.SUBMITTED, F.REJECTED, reason="The logo is missing.")], cards=1)
    assert (str(chapter.text), chapter.reason) == (
        "The bureau returned it for correction",
        "The logo is missing.",
    )
    assert told(moved(1, F.REJECTED, F.SUBMITTED, "Sara"), moved(2, F.SUBMITTED, F.ON_HOLD)) == [
        "Sara corrected the order and sent it again",
        "The bureau put it on hold",
    ]


def test_an_approver_who_gave_the_order_back_is_not_the_bureau() -> None:
    assert told(
        moved(1, F.AWAITING_APPROVAL, F.REJECTED, "Ove Berg"),
        moved(2, F.AWAITING_APPROVAL, F.REJECTED),
        moved(3, F.APPROVED, F.REJECTED),
    ) == [
        "Ove Berg gave the order back",
        "An approver gave the order back",
        "The bureau returned it for correction",
    ]


def test_being_accepted_again_after_a_failure_is_no_news() -> None:
    assert told(moved(1, F.IN_PRODUCTION, F.ACCEPTED)) == []


def test_accessories_leave_and_arrive_in_sentences_of_their_own() -> None:
    def pieces(hour: int, end: Stage, count: int, parcel: str = "") -> Happening:
        return Happening(axis="pieces", start="", end=end, at=at(hour), count=count, parcel=parcel)

    assert told(
        moved(1, F.SUBMITTED, F.ACCEPTED),
        pieces(2, S.SHIPPED, 40, "PostNord 0037"),
        moved(2, F.ACCEPTED, F.PART_SHIPPED),
        pieces(3, S.SHIPPED, 1),
        pieces(4, S.DELIVERED, 40),
        pieces(5, S.DELIVERED, 1),
        total=0,
        promised="",
    ) == [
        "The bureau accepted it",
        "40 accessories were sent with PostNord 0037",
        "One accessory was sent",
        "40 accessories have arrived",
        "One accessory has arrived",
    ]
