"""Whether certificates of an account follow from each other, and which of them are missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.text import Message

Account = tuple[str, str]
"""Who issued the certificates, and the account's number there."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of one account that are at hand: from which number to which, and what is wrong."""

    account: str
    first: int
    last: int
    count: int
    flaws: tuple[Message, ...]


def chains(certificates: Iterable[Mapping[str, Any]]) -> tuple[Chain, ...]:
    """One chain per account. Signatures were checked before: here is asked how certificates stand together.

    A chain begins with number 1. That its end was cut off shows only to whoever knows the last number.
    """
    accounts: dict[Account, list[Mapping[str, Any]]] = {}
    for each in certificates:
        accounts.setdefault((str(each["issuer"]), str(each["account"]["number"])), []).append(each)
    return tuple(_chain(number, accounts[issuer, number]) for issuer, number in sorted(accounts))


def missing(serials: Sequence[int], *, last: int = 0) -> list[tuple[int, int]]:
    """The gaps from 1 to `last` in rising numbers, each as its first and last one."""
    gaps: list[tuple[int, int]] = []
    expected = 1
    for serial in serials:
        if serial > expected:
            gaps.append((expected, serial - 1))
        expected = max(expected, serial + 1)
    return [*gaps, (expected, last)] if last >= expected else gaps


def said(gap: tuple[int, int]) -> Message:
    """A gap in words."""
    first, last = gap
    if first == last:
        return Message("Certificate {first} is missing.", first=first)
    return Message("Certificates {first} to {last} are missing.", first=first, last=last)


def _chain(number: str, found: Sequence[Mapping[str, Any]]) -> Chain:
    by_serial: dict[int, list[Mapping[str, Any]]] = {}
    for each in found:
        by_serial.setdefault(each["certificate"]["serial"], []).append(each)
    serials = sorted(by_serial)
    flaws = [said(gap) for gap in missing(serials)]
    for serial in serials:
        flaws += _flaws(serial, by_serial)
    return Chain(number, serials[0], serials[-1], len(serials), tuple(flaws))


def _flaws(serial: int, by_serial: Mapping[int, Sequence[Mapping[str, Any]]]) -> list[Message]:
    here = {document_hash(each): each["certificate"]["previous"] for each in by_serial[serial]}
    if len(here) > 1:
        return [Message("There are two different certificates {serial}.", serial=serial)]
    previous = next(iter(here.values()))
    before = by_serial.get(serial - 1)
    follows = previous is None if serial == 1 else before is None or previous == document_hash(before[0])
    if follows:
        return []
    return [Message("Certificate {serial} does not follow from the one before it.", serial=serial)]
