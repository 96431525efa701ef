from typing import Any

import pytest

from nexus_portal.domain.certificate_chain import chains, missing, said
from nexus_portal.domain.hashchain import document_hash

Certificate = dict[str, Any]


def row_of(count: int, account: str = "5560-0001") -> list[Certificate]:
    made: list[Certificate] = []
    for serial in range(1, count + 1):
        previous = document_hash(made[-1]) if made else None
        made.append(
            {
                "issuer": "https://portal.example.se",
                "account": {"number": account},
                "certificate": {"serial": serial, "previous": previous},
            }
        )
    return made


def flaws_of(certificates: list[Certificate]) -> list[str]:
    (chain,) = chains(certificates)
    return [str(flaw) for flaw in chain.flaws]


def test_a_whole_chain_has_no_flaw_in_whatever_order_it_comes() -> None:
    (chain,) = chains(reversed(row_of(5)))
    assert (chain.first, chain.last, chain.count, chain.flaws) == (1, 5, 5, ())


@pytest.mark.parametrize(
    ("gone", "flaws"),
    [
        ({3}, ["Certificate 3 is missing."]),
        ({1}, ["Certificate 1 is missing."]),
        ({1, 2, 4}, ["Certificates 1 to 2 are missing.", "Certificate 4 is missing."]),
    ],
)
def test_gaps_are_named(gone: set[int], flaws: list[str]) -> None:
    left = [each for each in row_of(5) if each["certificate"]["serial"] not in gone]
    assert flaws_of(left) == flaws


def test_the_same_certificate_twice_is_one_and_two_of_a_number_are_a_flaw() -> None:
    whole = row_of(3)
    assert flaws_of([*whole, dict(whole[1])]) == []
    other = {**whole[1], "order": "another"}
    assert "There are two different certificates 2." in flaws_of([*whole, other])


def test_one_that_does_not_follow_is_named() -> None:
    first, second, third = row_of(3)
    strange = {**second, "certificate": {"serial": 2, "previous": "0" * 64}}
    assert "Certificate 2 does not follow from the one before it." in flaws_of([first, strange, third])
    begun = {**first, "certificate": {"serial": 1, "previous": "0" * 64}}
    assert flaws_of([begun]) == ["Certificate 1 does not follow from the one before it."]


def test_each_account_has_a_chain_of_its_own() -> None:
    found = chains([*row_of(2), *row_of(3, "5560-0002")])
    assert [(chain.account, chain.last, chain.flaws) for chain in found] == [
        ("5560-0001", 2, ()),
        ("5560-0002", 3, ()),
    ]


def test_what_is_missing_at_the_end_shows_to_whoever_knows_the_end() -> None:
    assert missing([1, 2], last=2) == []
    assert missing([1, 3], last=6) == [(2, 2), (4, 6)]
    assert missing([], last=1) == [(1, 1)]
    assert str(said((4, 6))) == "Certificates 4 to 6 are missing."
