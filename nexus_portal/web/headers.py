"""Security headers on every answer, and the hashes that let the built page's own inline scripts run."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

BUILT = Path(".web/build/client")
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
CACHED = ("/assets/", "/fonts/")


def adding(send: Send, scope: Scope, *, secure: bool) -> Send:
    """A `send` that puts the headers on the answer; data is never stored, hashed assets are."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            for name, value in FIXED.items():
                answer[name] = value
            answer["Content-Security-Policy"] = policy()
            if secure:
                answer["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
            if not scope["path"].startswith(CACHED):
                answer["Cache-Control"] = "no-store"
        await send(message)

    return sending


@lru_cache(maxsize=1)
def policy() -> str:
    """The content security policy; the hashes are those of the pages as they were built."""
    hashes = " ".join(sorted(_hashes()))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'self'",
        )
    )


def _hashes() -> set[str]:
    found: set[str] = set()
    for page in BUILT.rglob("*.html"):
        for script in INLINE.findall(page.read_bytes()):
            digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
            found.add(f"'sha256-{digest}'")
    return found
