"""Mail addresses: one form each, and what is none."""

import pytest

from nexus_portal.domain import email
from nexus_portal.domain.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Anna.Andersson@Bjorkskolan.SE ", "anna.andersson@bjorkskolan.se"),
        ("åsa+kort@björkskolan.se", "åsa+kort@björkskolan.se"),
        ("a\u030asa@x.se", "åsa@x.se"),
        ("STRASSE@ß.de", "strasse@ss.de"),
    ],
)
def test_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert email.checked(typed) == kept
    assert email.normalised(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "anna@",
        "@x.se",
        "anna@x",
        "anna@x.se, eva@x.se",
        "Anna <anna@x.se>",
        "an na@x.se",
        "a@x..se",
        "anna@x.se\r\nBcc: eva@x.se",
        f"{'a' * 250}@x.se",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        email.checked(typed)
