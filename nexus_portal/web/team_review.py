"""The access review: confirming it with a code, and taking it away as a table."""

import asyncio
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue, csv_export
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import PERMISSION, ROLE
from nexus_portal.services import team_review
from nexus_portal.services.team_review import AccessRow
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/team/review"
HEADINGS = (
    Message("Name"),
    Message("Mail address"),
    Message("Role"),
    Message("May do"),
    Message("Since"),
    Message("Granted by"),
    Message("Last used"),
    Message("Second factor"),
    Message("Status"),
)


async def confirm(request: Request) -> Response:
    """Confirm the review as it was shown."""
    form = await caller.checked_form(request)
    digest = str(form.get("digest", ""))[:64]

    def act(actor: Actor) -> Done:
        perform(team_review.confirm, actor, digest=digest)
        return Done(Message("The access review is confirmed and kept."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "confirm"})


async def table(request: Request) -> Response:
    """The review as CSV in the reader's language."""
    actor = caller.actor_of(request)
    taken = await asyncio.to_thread(perform, team_review.export, actor, review_id=_id(request))
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
    headings = [catalogue.render(heading, language) for heading in HEADINGS]
    data = csv_export.table(headings, [_line(row, language) for row in taken.rows])
    name = f"access-review-{taken.digest[:12]}.csv"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


def _line(row: AccessRow, language: str) -> list[str]:
    def say(message: Message) -> str:
        return catalogue.render(message, language)

    role = next((say(word) for key, word in ROLE.items() if key.value == row.role), row.role)
    may = [say(word) for key, word in PERMISSION.items() if key.value in row.permissions]
    factors = [
        *([say(Message("Authenticator"))] if row.authenticator else [say(Message("Not yet"))]),
        *([say(Message("Passkeys: {count}", count=row.passkeys))] if row.passkeys else []),
    ]
    status = say(Message("Active") if row.active else Message("Deactivated"))
    return [
        row.name,
        row.email,
        role,
        ", ".join(may),
        row.since,
        row.granted_by,
        row.last_used,
        ", ".join(factors),
        status,
    ]


def _id(request: Request) -> UUID | None:
    given = request.path_params.get("id")
    return row_id(given) if given else None


routes = [
    Route("/team/review/confirm", confirm, methods=["POST"]),
    Route("/team/review.csv", table),
    Route("/team/review/{id}.csv", table),
]
