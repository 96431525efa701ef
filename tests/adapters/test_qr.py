"""QR codes that a camera can read: dark on light with a quiet zone, whatever the page's colours."""

import base64
import io

from PIL import Image

from nexus_portal.adapters import qr


def test_is_a_small_png_in_black_on_white() -> None:
    kind, _, data = qr.data_uri("otpauth://totp/Nexus%20Portal:maja?secret=GEZDGNBVGY3TQOJQ").partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")

    assert kind == "data:image/png;base64"
    assert {colour for _, colour in image.getcolors() or []} == {0, 255}
    assert image.width == image.height
    assert all(image.getpixel((x, qr.BOX_PIXELS * qr.QUIET_ZONE - 1)) == 255 for x in range(image.width))


def test_different_secrets_look_different() -> None:
    assert qr.data_uri("one") != qr.data_uri("two")
