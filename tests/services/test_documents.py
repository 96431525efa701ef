"""The papers of an order: what stands in them, in both languages, and that nobody else gets them."""

import base64
import re
import zlib
from dataclasses import replace
from typing import Any

import pytest

from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.permissions import Role
from nexus_portal.services import billing, document_pdf, documents
from nexus_portal.services.use_case import perform
from tests.bureau_helpers import House, house
from tests.world import World

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\) Tj")


def text_of(data: bytes) -> str:
    """What a PDF of ours shows, a line per piece of text."""
    pieces: list[str] = []
    for stream in _STREAM.findall(data):
        content = zlib.decompress(base64.a85decode(stream.strip().removesuffix(b"~>")))
        for shown in _SHOWN.findall(content):
            plain = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), shown)
            pieces.append(re.sub(rb"\\(.)", rb"\1", plain).decode("cp1252"))
    return "\n".join(pieces)


@pytest.fixture
def home(world: World) -> House:
    return house(world)


def invoiced(home: House) -> tuple[str, str]:
    number = home.delivered(2)
    return number, perform(billing.invoice, home.biller, number=number, key=home.key())


def test_the_confirmation_says_what_was_ordered(home: House) -> None:
    number = home.order(2)
    row = perform(documents.confirmation, home.orderer, number=number)
    swedish = text_of(document_pdf.confirmation(row, "sv"))
    for said in ("Orderbekräftelse", number, "Björkskolan", "2 mars 2026", home.layout.name, "98,00"):
        assert said in swedish
    english = text_of(document_pdf.confirmation(row, "en"))
    assert "Order confirmation" in english
    assert "SEK" in english


def test_a_draft_has_no_confirmation(home: House) -> None:
    number = home.many(["draft"])[0]  # pyright: ignore[reportArgumentType] - states by their value
    with pytest.raises(NotFound):
        perform(documents.confirmation, home.orderer, number=number)


def test_the_delivery_note_lists_the_cards_of_its_parcel(home: House) -> None:
    number, parcel = home.shipped(2)
    row = perform(documents.delivery_note, home.orderer, number=parcel)
    text = text_of(document_pdf.delivery_note(row, "sv"))
    for said in ("Följesedel", parcel, "PostNord", "T1", f"{number}-1", f"{number}-2"):
        assert said in text


def test_invoice_and_credit_note_show_their_lines(home: House) -> None:
    number, invoice = invoiced(home)
    text = text_of(document_pdf.invoice(perform(documents.invoice, home.orderer, number=invoice), "en"))
    for said in ("Invoice", invoice, number, "PVC card", "4711", "98.00"):
        assert said in text
    note = perform(billing.credit, home.biller, number=number)
    text = text_of(document_pdf.invoice(perform(documents.invoice, home.orderer, number=note), "sv"))
    assert "Kreditfaktura" in text


def test_a_long_delivery_note_has_many_pages(home: House) -> None:
    _, parcel = home.shipped(300)
    row = perform(documents.delivery_note, home.orderer, number=parcel)
    data = document_pdf.delivery_note(row, "en")
    assert len(row.codes) == 300
    assert data.count(b"/Type /Page\n") > 1


def test_a_reference_with_markup_is_shown_as_it_is(home: House) -> None:
    row = perform(documents.confirmation, home.orderer, number=home.order(1))
    odd = replace(row.head, reference="<b>&</b>")
    shown = documents.Confirmation(head=odd, ordered_by="A & B", promised="", lines=row.lines)
    assert "<b>&</b>" in text_of(document_pdf.confirmation(shown, "en")).replace("\n", "")


def test_the_papers_of_another_account_are_not_there(home: House) -> None:
    number, invoice = invoiced(home)
    stranger = home.world.person(Role.ORDERER, home.world.account("Nordhamn Energi"))
    parcel = "S-2026-0001"
    perform(documents.delivery_note, home.orderer, number=parcel)
    acts: list[tuple[Any, str]] = [
        (documents.confirmation, number),
        (documents.delivery_note, parcel),
        (documents.invoice, invoice),
    ]
    for act, named in acts:
        for asked in (named, "X-2026-9999", "2026-99999"):
            with pytest.raises(NotFound):
                perform(act, stranger, number=asked)
