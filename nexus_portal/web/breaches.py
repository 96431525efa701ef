"""What a breach could have touched, to take away: a form post with a second factor, answered by the file."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import catalogue, clock, csv_export
from nexus_portal.domain import access_words
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.text import Message
from nexus_portal.services import breach_export
from nexus_portal.services.breach_export import TouchedRow
from nexus_portal.services.breach_question import Wanted
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import hand_out

ASKED = ("session", "who", "address", "since", "until")
LONGEST = 80
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
SAID = Message("The table is taken away. That, and what for, stands in the log.")
HEADINGS = (
    Message("Account"),
    Message("Order"),
    Message("Card"),
    Message("How certain"),
    Message("What"),
    Message("Times"),
    Message("Persons"),
    Message("First"),
    Message("Last"),
)
CERTAINTY = {
    "sure": Message("shown or taken"),
    "nearby": Message("another session of the same person"),
    "unnamed": Message("among many of the order"),
    "open": Message("lay open"),
}


async def table(request: Request) -> Response:
    """Every card item, order and account that what is asked for could have touched."""
    form = await caller.checked_form(request)
    asked = {name: caller.field(form, name, LONGEST) for name in ASKED}
    kind, purpose = caller.field(form, "kind"), caller.field(form, "purpose")
    back = "/bureau/breaches" if caller.actor_of(request).is_bureau else "/privacy/breaches"

    def file(actor: Actor) -> Response:
        wanted = Wanted(**asked)
        perform(breach_export.begin, actor, wanted=wanted, purpose=purpose, form=kind)
        language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
        name = f"breach-{clock.today().isoformat()}.{kind}"
        headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
        rows = breach_export.rows(actor, wanted)
        pieces = _json(rows) if kind == "json" else _cells(rows, language)
        return StreamingResponse(pieces, media_type=TYPES[kind], headers=headers)

    return await hand_out(request, form, file, said=SAID, back=back, kept={"dialog": "export", **asked})


def _json(rows: Iterator[TouchedRow]) -> Iterator[bytes]:
    yield b"["
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + json.dumps(asdict(row)).encode()
    yield b"\n]\n"


def _cells(rows: Iterator[TouchedRow], language: str) -> Iterator[bytes]:
    headings = [catalogue.render(heading, language) for heading in HEADINGS]
    return csv_export.lines(headings, (_row(row, language) for row in rows))


def _row(row: TouchedRow, language: str) -> list[str]:
    act = access_words.ACTS.get(row.act)
    return [
        *(row.account, row.order, row.card, catalogue.render(CERTAINTY[row.certainty], language)),
        *(catalogue.render(act, language) if act else "", str(row.times), str(row.persons)),
        *(row.first, row.last),
    ]


routes = [Route("/breaches/export", table, methods=["POST"])]
