"""Persons as a table to take away: a form post with a second factor, answered by the file itself."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import catalogue, clock, csv_export, xlsx_export
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.text import Message
from nexus_portal.services import persons_export
from nexus_portal.services.history_wanted import ANY, Wanted
from nexus_portal.services.persons_export import Taken
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.order_export import LONGEST, TYPES
from nexus_portal.web.step_up import hand_out

DIALOG = "persons"
LONGEST_ADDRESS = 4000
SAID = Message("The persons are exported. How many, which fields and what for stands in your account’s log.")


async def of_the_history(request: Request) -> Response:
    """The persons of all orders that the page's address asks for."""
    form = await caller.checked_form(request)
    address = dict(parse_qsl(caller.field(form, "wanted", LONGEST_ADDRESS)))
    asked = {each.name: address.get(each.name, "")[:LONGEST] for each in fields(Wanted)}
    back = "/orders" + (f"?{urlencode(address)}" if address else "")
    return await _table(request, form, back=back, wanted=Wanted(**asked))


async def of_one_order(request: Request) -> Response:
    """The persons of one order."""
    form, number = await caller.checked_form(request), request.path_params["number"].strip()
    return await _table(request, form, back=f"/orders/{number}", number=number)


async def _table(
    request: Request, form: Mapping[str, object], *, back: str, wanted: Wanted = ANY, number: str = ""
) -> Response:
    kind, purpose = caller.field(form, "kind"), caller.field(form, "purpose")

    def file(actor: Actor) -> Response:
        taken = perform(persons_export.begin, actor, purpose=purpose, form=kind, wanted=wanted, number=number)
        language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
        name = "-".join(part for part in ("persons", number, clock.today().isoformat()) if part)
        headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}.{kind}"'}
        return StreamingResponse(
            _pieces(actor, taken, kind, language), media_type=TYPES[kind], headers=headers
        )

    kept = {"dialog": DIALOG, "kind": kind, "purpose": purpose}
    return await hand_out(request, form, file, said=SAID, back=back, kept=kept)


def _pieces(actor: Actor, taken: Taken, kind: str, language: str) -> Iterator[bytes]:
    headings = [
        catalogue.render(each, language) if isinstance(each, Message) else each.label(language)
        for each in persons_export.headings(taken)
    ]
    said = (
        [catalogue.render(cell, language) if isinstance(cell, Message) else cell for cell in row]
        for row in persons_export.rows(actor, taken)
    )
    return xlsx_export.pieces(headings, said) if kind == "xlsx" else csv_export.lines(headings, said)


routes = [
    Route("/orders/persons", of_the_history, methods=["POST"]),
    Route("/orders/{number}/persons", of_one_order, methods=["POST"]),
]
