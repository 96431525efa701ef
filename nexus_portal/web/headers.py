"""Security headers on every answer, and the hashes that let the built page's own inline scripts run."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

BUILT = Path(".web/build/client")
FILE = re.compile(r"/(?:vendor/)?[\w.-]+\.(js|css|svg)")
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ON_PAGES = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
NO_CAMERA_AT = re.compile(
    r"/(?:sign-in|forgot|reset|activate|help|apply|verify|my-card|language|bureau)(?:/.*)?"
)
"""Public pages and those of the bureau, where nobody takes a photo. The policy is that of the page that was
loaded, and from all others one comes to the photo of a card without loading another."""
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
"""The policy of what is no page. A page's own weighs 2 kB, and opening one brings forty files."""
FOR_GOOD, FOR_A_WEEK = "public, max-age=31536000, immutable", "public, max-age=604800"


def adding(send: Send, scope: Scope, *, secure: bool) -> Send:
    """A `send` that puts the headers on the answer; data is never stored, files of the front end are."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(scope=message)
            page = answer.get("content-type", "text/html").startswith("text/html")
            for name, value in (EVERYWHERE | ON_PAGES if page else EVERYWHERE).items():
                answer[name] = value
            if page:
                answer["Permissions-Policy"] = _devices(scope["path"])
            answer["Content-Security-Policy"] = policy() if page else NO_PAGE
            if secure:
                answer["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
            answer["Cache-Control"] = _kept(scope, message["status"])
        await send(message)

    return sending


def _devices(path: str) -> str:
    camera = "()" if NO_CAMERA_AT.fullmatch(path) else "(self)"
    return f"camera={camera}, geolocation=(), microphone=(), payment=(), usb=()"


def _kept(scope: Scope, status: int) -> str:
    """For how long a browser may keep it: for good, where the address changes with the content."""
    if status not in {200, 206, 304}:
        return "no-store"
    path: str = scope["path"]
    if path.startswith("/assets/") or (FILE.fullmatch(path) and scope["query_string"].startswith(b"v=")):
        return FOR_GOOD
    return FOR_A_WEEK if path.startswith("/fonts/") else "no-store"


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
