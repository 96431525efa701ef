"""The access log to take away, and for how long it is kept. There are no persons in it."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from nexus_portal.adapters import catalogue, clock, csv_export
from nexus_portal.domain import access_words, words
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.services import access_log
from nexus_portal.services.access_log import AccessRow, Wanted
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/privacy/access"
LONGEST = 80
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
HEADINGS = (
    Message("When"),
    Message("Who"),
    Message("Role"),
    Message("Session"),
    Message("What"),
    Message("What for"),
    Message("Order or file"),
    Message("Card"),
    Message("Persons"),
    Message("Fields"),
)


async def table(request: Request) -> Response:
    """Write down that the log is taken away, then send it as it is read."""
    actor, form = caller.actor_of(request), request.path_params["form"]
    wanted = Wanted(
        **{each.name: request.query_params.get(each.name, "")[:LONGEST] for each in fields(Wanted)}
    )
    await asyncio.to_thread(perform, access_log.begin, actor, wanted=wanted, form=form)
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
    headers = {
        **PRIVATE,
        "Content-Disposition": f'attachment; filename="access-log-{clock.today().isoformat()}.{form}"',
    }
    pieces = _lines(actor, wanted) if form == "jsonl" else _cells(actor, wanted, language)
    return StreamingResponse(pieces, media_type=TYPES[form], headers=headers)


async def keep(request: Request) -> Response:
    """Change for how many months the log is kept, with a second factor."""
    form = await caller.checked_form(request)
    months = caller.field(form, "months")

    def act(actor: Actor) -> Done:
        # What is no number is none that is allowed, and refused as such.
        wanted = int(months) if months.isascii() and months.isdecimal() else 0
        perform(access_log.keep, actor, months=wanted)
        return Done(Message("The access log is kept for {months} months.", months=wanted), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "keep", "months": months})


def _lines(actor: Actor, wanted: Wanted) -> Iterator[bytes]:
    for row in access_log.rows(actor, wanted=wanted):
        yield json.dumps(asdict(row), ensure_ascii=False).encode() + b"\n"


def _cells(actor: Actor, wanted: Wanted, language: str) -> Iterator[bytes]:
    headings = [catalogue.render(heading, language) for heading in HEADINGS]
    return csv_export.lines(headings, _rows(actor, wanted, language))


def _rows(actor: Actor, wanted: Wanted, language: str) -> Iterator[list[str]]:
    # Asked when the first line is sent, which is not done on the event loop.
    names = perform(access_log.labels, actor, language=language)
    for row in access_log.rows(actor, wanted=wanted):
        yield _row(row, language, names)


def _row(row: AccessRow, language: str, names: Mapping[str, str]) -> list[str]:
    role = words.ROLE[Role(row.role)] if row.role in set(Role) else None
    said = [role, access_words.ACTS.get(row.act), access_words.SEEN_FOR.get(row.purpose)]
    texts = [catalogue.render(each, language) if each else "" for each in said]
    return [
        *(row.at, row.who, texts[0], row.session, texts[1] or row.act, texts[2] or row.purpose),
        *(
            row.order or row.file,
            row.card,
            str(row.persons),
            ", ".join(names.get(field, field) for field in row.fields),
        ),
    ]


routes = [
    Route("/privacy/access/export.{form}", table),
    Route("/privacy/access/keep", keep, methods=["POST"]),
]
