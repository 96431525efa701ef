"""Lists of people as they are pasted."""

import pytest

from nexus_portal.domain import pasted_addresses
from nexus_portal.domain.errors import Invalid


def test_lines_commas_and_semicolons() -> None:
    text = 'Siv Ek <siv@x.se>; bo.al@x.se,"Ek, Åsa" <asa@x.se>\r\nSIV@x.se\n\n<eva@x.se>\nnobody'

    assert [(row.name, row.email) for row in pasted_addresses.read(text)] == [
        ("Siv Ek", "siv@x.se"),
        ("Bo Al", "bo.al@x.se"),
        ("Ek, Åsa", "asa@x.se"),
        ("Eva", "eva@x.se"),
        ("Nobody", "nobody"),
    ]


@pytest.mark.parametrize("text", ["", " ;,\n", "\n".join(f"a{n}@x.se" for n in range(51))])
def test_none_and_too_many(text: str) -> None:
    with pytest.raises(Invalid):
        pasted_addresses.read(text)
