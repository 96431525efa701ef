"""The papers of an order to take away: confirmation, delivery note, invoice."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.services import document_pdf, documents
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.downloads import PRIVATE


async def confirmation(request: Request) -> Response:
    """The confirmation of an order."""
    return await _paper(request, documents.confirmation, document_pdf.confirmation, "order")


async def delivery_note(request: Request) -> Response:
    """The delivery note of a parcel."""
    return await _paper(request, documents.delivery_note, document_pdf.delivery_note, "delivery-note")


async def invoice(request: Request) -> Response:
    """An invoice or a credit note."""
    return await _paper(request, documents.invoice, document_pdf.invoice, "invoice")


async def _paper(request: Request, find: Any, draw: Callable[[Any, str], bytes], name: str) -> Response:
    actor = caller.actor_of(request)
    row = await asyncio.to_thread(perform, find, actor, number=request.path_params["number"])
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, actor.language))
    data = await asyncio.to_thread(draw, row, language)
    # The number comes from the row, never from the address.
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}-{row.head.number}.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


routes = [
    Route("/documents/orders/{number}.pdf", confirmation),
    Route("/documents/shipments/{number}.pdf", delivery_note),
    Route("/documents/invoices/{number}.pdf", invoice),
]
