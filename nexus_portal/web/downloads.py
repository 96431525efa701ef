"""Files to take away: certificates of erasure, the keys that verify them, photos of persons."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.adapters import catalogue
from nexus_portal.domain.numbers import row_id
from nexus_portal.services import certificate_pdf, certificates, vault_people
from nexus_portal.services.certificates import CertificateRow
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller

PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def certificate_json(request: Request) -> Response:
    """The signed certificate."""
    row = await _certificate(request)
    return _file(certificate_pdf.json_of(row.document), "application/json", f"certificate-{row.number}.json")


async def certificate_pdf_page(request: Request) -> Response:
    """The certificate for people, in the reader's language."""
    row = await _certificate(request)
    language = catalogue.chosen(request.cookies.get(catalogue.COOKIE, caller.actor_of(request).language))
    data = await asyncio.to_thread(certificate_pdf.pdf, row.document, row.number, language)
    return _file(data, "application/pdf", f"certificate-{row.number}.pdf")


async def public_key(request: Request) -> Response:
    """The public keys of this installation, for everybody."""
    pem = await asyncio.to_thread(perform, certificates.public_keys, caller.actor_of(request))
    return _file(pem, "application/x-pem-file", "certificates.pub")


async def photo(request: Request) -> Response:
    """The cropped photo on one card item, shown and never kept; the showing is logged."""
    item_id = row_id(request.path_params["item_id"])
    image = await asyncio.to_thread(
        perform, vault_people.reveal_photo, caller.actor_of(request), item_id=item_id
    )
    return Response(image, media_type="image/jpeg", headers=PRIVATE)


async def _certificate(request: Request) -> CertificateRow:
    erasure_id = row_id(request.path_params["erasure_id"])
    return await asyncio.to_thread(
        perform, certificates.certificate, caller.actor_of(request), erasure_id=erasure_id
    )


def _file(data: bytes, media_type: str, name: str) -> Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


routes = [
    Route("/certificates/public-key", public_key),
    Route("/certificates/{erasure_id}.json", certificate_json),
    Route("/certificates/{erasure_id}.pdf", certificate_pdf_page),
    Route("/photos/{item_id}", photo),
]
