"""What an application must hold, and what is said of the rest."""

import pytest

from nexus_portal.domain import applications
from tests.applying import TYPED


def test_a_good_one_is_tidied() -> None:
    wish, refusals = applications.check(
        {**TYPED, "contact": "  Vega \u00a0 Strandqvist ", "email": " Vega@Havsbris.example "},
        ["B-9", "A-1", "A-1"],
        ["A-1", "A-2"],
    )
    assert not refusals
    assert wish is not None
    assert (wish.contact, wish.email, wish.number) == (
        "Vega Strandqvist",
        "vega@havsbris.example",
        "5560360793",
    )
    assert wish.articles == ("A-1",)
    assert "vega" not in repr(wish).casefold()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("number", "556036-0794"),
        ("organisation", "  "),
        ("organisation", "x" * 121),
        ("contact", ""),
        ("contact", "Vega\u202eStrandqvist"),
        ("email", "vega"),
        ("phone", "call me"),
        ("volume", "lots"),
        ("message", "x" * 2001),
        ("message", "a\0b"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(name: str, text: str) -> None:
    wish, refusals = applications.check({**TYPED, name: text}, [], [])
    assert wish is None
    assert set(refusals) == {name}


def test_telephone_and_message_may_be_left_empty() -> None:
    wish, refusals = applications.check({**TYPED, "phone": "", "message": ""}, [], [])
    assert wish is not None
    assert not refusals
