"""Who sends a request: its session, its forms, and what the next page should tell it."""

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from nexus_portal import settings
from nexus_portal.domain.actor import ANONYMOUS, Actor
from nexus_portal.domain.errors import Invalid, NotSignedIn
from nexus_portal.domain.text import Message
from nexus_portal.services import csrf, notices
from nexus_portal.services.sessions import Visit

VISIT = "nexus.visit"
PASSIVE = frozenset({"/session/ends"})
"""What scripts ask by themselves: it keeps no session alive."""
KNOWN_FOR = 180 * 24 * 3600


def sid_in(request: HTTPConnection) -> str:
    """The session id that the browser sent, or nothing."""
    return request.cookies.get(settings.current().cookie_name, "")


def set_session_cookie(response: Response, sid: str) -> None:
    """Give the browser its session id: HttpOnly, strict, for this host only; it ends with the browser."""
    response.set_cookie(
        settings.current().cookie_name,
        sid,
        httponly=True,
        secure=settings.current().secure,
        samesite="strict",
        path="/",
    )


def known_in(request: HTTPConnection) -> str:
    """The token by which somebody signed in here before, or nothing."""
    return request.cookies.get(settings.current().known_cookie_name, "")


def set_known_cookie(response: Response, token: str) -> None:
    """Let the browser be known at the next sign-in. It stays after signing out, and opens nothing."""
    response.set_cookie(
        settings.current().known_cookie_name,
        token,
        max_age=KNOWN_FOR,
        httponly=True,
        secure=settings.current().secure,
        samesite="strict",
        path="/",
    )


def drop_session_cookie(response: Response) -> None:
    """Take the session id back from the browser."""
    response.delete_cookie(
        settings.current().cookie_name,
        path="/",
        secure=settings.current().secure,
        httponly=True,
        samesite="strict",
    )


def visit_of(request: HTTPConnection) -> Visit:
    """The live session that the guard found.

    Raises:
        NotSignedIn: there is none.
    """
    visit: Visit | None = request.scope.get(VISIT)
    if visit is None:
        raise NotSignedIn
    return visit


def actor_of(request: HTTPConnection) -> Actor:
    """The caller; somebody without a full session is anonymous and may do what is public."""
    visit: Visit | None = request.scope.get(VISIT)
    return visit.actor if visit is not None else ANONYMOUS


def check_csrf(request: HTTPConnection, given: str) -> None:
    """Refuse a form that was not made for this session.

    Raises:
        NotSignedIn: the session is gone.
        Invalid: the form belongs to another session.
    """
    if not csrf.matches(visit_of(request).id_hash, given):
        raise Invalid(
            Message("This form is from an earlier visit. Load the page again; nothing was changed.")
        )


async def checked_form(request: Request) -> FormData:
    """The fields of a form post whose `csrf` field belongs to the session; see `check_csrf`."""
    visit_of(request)
    form = await request.form(max_files=0, max_fields=60, max_part_size=64 * 1024)
    check_csrf(request, str(form.get("csrf", "")))
    return form


def field(form: Mapping[str, object], name: str, limit: int = 400) -> str:
    """One text field of a form, trimmed; nothing when absent.

    Raises:
        Invalid: it is longer than anything that belongs there.
    """
    value = str(form.get(name, "")).strip()
    if len(value) > limit:
        raise Invalid(
            Message(
                "One of the fields is too long: at most {limit} characters fit.",
                limit=limit,
            )
        )
    return value


def flash(
    id_hash: str,
    message: Message,
    *,
    kind: str = "success",
    kept: Mapping[str, str] | None = None,
) -> None:
    """Have the session's next page say this once. `kept` gives typed fields back to the form; no secrets."""
    notices.leave(id_hash, notices.Flash(kind, message, dict(kept or {})))


def see(path: str) -> RedirectResponse:
    """303: load that page of ours."""
    return RedirectResponse(path, 303)


def own_path(target: str) -> str:
    """A `next` that stays on this site; anything else becomes the first page."""
    if (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and "\\" not in target
        and "\n" not in target
    ):
        return target
    return "/"
