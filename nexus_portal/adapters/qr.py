"""QR codes, drawn on the server so that no secret passes through a script or somebody else's service."""

import base64
import io
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

BOX_PIXELS = 6
QUIET_ZONE = 4


def data_uri(text: str) -> str:
    """The text as a QR code: a PNG in black on white, whatever the page's colours, as a `data:` address."""
    code: Any = qrcode.QRCode(
        error_correction=ERROR_CORRECT_M, box_size=BOX_PIXELS, border=QUIET_ZONE, image_factory=PilImage
    )
    code.add_data(text)
    buffer = io.BytesIO()
    code.make_image().save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
