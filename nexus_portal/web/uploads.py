"""Files that customers send: spreadsheets, archives of photos, single photos; empty spreadsheets to fill."""

import asyncio
from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nexus_portal.adapters import photos
from nexus_portal.domain import photo_cut
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import draft_mending, draft_single, import_run, layouts
from nexus_portal.services.draft_single import CardForm
from nexus_portal.services.import_run import Sent
from nexus_portal.services.layouts import Kind
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller, multipart
from nexus_portal.web.multipart import MEGABYTE, Upload

MOST = 1500 * MEGABYTE
MOST_SHEET = 11 * MEGABYTE
MOST_PHOTO = 6 * MEGABYTE
"""A photo of 5 MB and the form around it."""
COLUMN = "column-"
VALUE = "value-"

TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def inspect(request: Request) -> Response:
    """Read the headers of a spreadsheet and keep them, so that the page can ask what each column holds."""
    actor = await _admitted(request)
    async with multipart.receiving(request, most=MOST_SHEET) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        found = await asyncio.to_thread(
            import_run.inspect,
            actor,
            layout_id=row_id(upload.fields.get("layout", "")),
            spreadsheet=_file(upload, "spreadsheet"),
        )
    return JSONResponse({"inspection": found.id, "rows": found.rows})


async def accept(request: Request) -> Response:
    """Take in a spreadsheet and its photos, and show the draft that they are read into."""
    actor = await _admitted(request)
    async with multipart.receiving(request, most=MOST, seal=True) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        if "spreadsheet" not in upload.sealed:
            raise _no_file()
        sent = Sent(
            layout_id=row_id(upload.fields.get("layout", "")),
            files={name: upload.sealed[name] for name in ("spreadsheet", "photos") if name in upload.sealed},
            mapping=_mapping(upload),
            draft=upload.fields.get("draft", ""),
            key=upload.fields.get("key", ""),
        )
        number = await asyncio.to_thread(import_run.accept, actor, sent=sent)
    return _to(request, number)


async def single(request: Request) -> Response:
    """Begin a draft of one card, or correct it; where nothing is wrong and that was pressed, order it."""
    actor = await _admitted(request)
    async with multipart.receiving(request, most=MOST_PHOTO) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        path = await asyncio.to_thread(_keep_single, actor, upload)
    return _next(request, path)


async def photo(request: Request) -> Response:
    """Give a row of a draft its photo."""
    actor = await _admitted(request)
    item_id = row_id(request.path_params["item_id"])
    async with multipart.receiving(request, most=MOST_PHOTO) as upload:
        caller.check_csrf(request, upload.fields.get("csrf", ""))
        processed = await asyncio.to_thread(
            photos.process, _file(upload, "photo"), photo_cut.read(upload.fields.get("cut", "")), faces=True
        )
    row = await asyncio.to_thread(
        perform, draft_mending.replace_photo, actor, item_id=item_id, photo=processed
    )
    if _is_script(request):
        return JSONResponse({"ready": row.ready})
    return caller.see(caller.own_path(upload.fields.get("next", "")))


async def template(request: Request) -> Response:
    """An empty spreadsheet for a layout."""
    kind, actor = request.path_params["kind"], caller.actor_of(request)
    if kind not in TYPES:
        raise NotFound
    content = await asyncio.to_thread(
        perform,
        layouts.template,
        actor,
        layout_id=row_id(request.path_params["layout_id"]),
        kind=cast("Kind", kind),
        language=actor.language,
    )
    name = f"nexus-portal.{kind}"
    return Response(
        content,
        media_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _keep_single(actor: Actor, upload: Upload) -> str:
    """Where the form leads: back to itself with what is wrong, or on to the order's page."""
    fields = upload.fields
    kept = perform(
        draft_single.keep_form,
        actor,
        form=_card_form(upload),
        layout_id=row_id(fields["layout"]) if "layout" in fields else None,
        item_id=row_id(fields["item"]) if "item" in fields else None,
        into=fields.get("into", ""),
        order=fields.get("then") == "order" and "into" not in fields,
        key=fields.get("key", ""),
    )
    # What joined a draft is mended where the draft's other rows are.
    return f"/orders/{kept.number}" if kept.ready or "into" in fields else f"/orders/new?draft={kept.number}"


def _card_form(upload: Upload) -> CardForm:
    fields = upload.fields
    values = {name.removeprefix(VALUE): text for name, text in fields.items() if name.startswith(VALUE)}
    photo, refusal = None, None
    if "photo" in upload.files:
        try:
            photo = photos.process(upload.files["photo"], photo_cut.read(fields.get("cut", "")), faces=True)
        except Invalid as error:
            refusal = error.message
    return CardForm(
        values=values,
        photo=photo,
        photo_refusal=refusal,
        second_card="second-card" in fields,
        protected="protected" in fields,
        saw=fields.get("saw", ""),
    )


async def _admitted(request: Request) -> Actor:
    """The caller, once they are known to order: before a byte of the body is read."""
    actor = caller.actor_of(request)
    await asyncio.to_thread(perform, layouts.layouts_for_ordering, actor)
    return actor


def _mapping(upload: Upload) -> Mapping[int, str] | None:
    """Column → field as chosen on the page; None where the page did not ask."""
    if "mapped" not in upload.fields:
        return None
    chosen = {
        name.removeprefix(COLUMN): key for name, key in upload.fields.items() if name.startswith(COLUMN)
    }
    return {int(column): key for column, key in chosen.items() if key and column.isdecimal()}


def _file(upload: Upload, name: str) -> bytes:
    if name not in upload.files:
        raise _no_file()
    return upload.files[name]


def _no_file() -> Invalid:
    return Invalid(Message("No file arrived. Choose the file again."))


def _to(request: Request, number: str) -> Response:
    return _next(request, f"/orders/{number}")


def _next(request: Request, path: str) -> Response:
    return JSONResponse({"next": path}) if _is_script(request) else caller.see(path)


def _is_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


routes = [
    Route("/imports/inspect", inspect, methods=["POST"]),
    Route("/imports", accept, methods=["POST"]),
    Route("/orders/cards", single, methods=["POST"]),
    Route("/orders/items/{item_id}/photo", photo, methods=["POST"]),
    Route("/layouts/{layout_id}/template.{kind}", template, methods=["GET"]),
]
