"""Recovery codes: ten, 80 bits each, read as people type them."""

import pytest

from nexus_portal.domain import recovery_codes


def test_ten_different_codes_in_groups() -> None:
    codes = recovery_codes.new_codes()

    assert len(set(codes)) == 10
    assert all([len(group) for group in code.split("-")] == [4, 4, 4, 4] for code in codes)
    assert not {"I", "L", "O", "U"} & set("".join(codes))


@pytest.mark.parametrize(
    "typed",
    [
        "3F7K-9Q2M-XW4T-8R10",
        "3f7k9q2mxw4t8r10",
        " 3f7k 9q2m xw4t 8rio ",
        "3F7K–9Q2M–XW4T–8RLO",
    ],
)
def test_codes_are_read_as_they_are_typed(typed: str) -> None:
    assert recovery_codes.normalised(typed) == "3F7K9Q2MXW4T8R10"
    assert recovery_codes.looks_like_one(typed)
    assert recovery_codes.hash_of(typed) == recovery_codes.hash_of("3F7K-9Q2M-XW4T-8R10")


@pytest.mark.parametrize("typed", ["", "123456", "123 456", "3F7K-9Q2M"])
def test_other_codes_are_told_apart(typed: str) -> None:
    assert not recovery_codes.looks_like_one(typed)


def test_file_holds_every_code_on_a_line_of_its_own() -> None:
    assert recovery_codes.as_file(["A", "B"], "Keep these").split("\r\n") == ["Keep these", "", "A", "B", ""]
