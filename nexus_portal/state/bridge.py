"""The only way from an event to a use case."""

import asyncio
import inspect
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast, overload

import reflex as rx
from pydantic import ConfigDict, TypeAdapter, ValidationError

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid, NotSignedIn, NotYet, PortalError
from nexus_portal.domain.text import Message
from nexus_portal.models.sessions import SessionLevel
from nexus_portal.services import use_case
from nexus_portal.services.sessions import Visit
from nexus_portal.state.manifest import ACCESS, Access

log = logging.getLogger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Handler = Callable[..., Awaitable[Any]]

calling: ContextVar[Visit | None] = ContextVar("calling", default=None)
"""The session whose event is being handled; set by the gate, per event."""

began: ContextVar[float | None] = ContextVar("began", default=None)
"""When the event began to be handled, by this machine's own clock in seconds."""

ALLOWED: tuple[Any, ...] = (str, int, bool, list[str], dict[str, str])
MAX_TEXT = 10_000
_STRICT = ConfigDict(strict=True, str_max_length=MAX_TEXT)


def caller() -> Actor:
    """Who sent the event.

    Raises:
        NotSignedIn: there is no session behind it.
    """
    visit = calling.get()
    if visit is None:
        raise NotSignedIn
    return visit.actor


def visit() -> Visit:
    """The session that sent the event; see `caller`."""
    found = calling.get()
    if found is None:
        raise NotSignedIn
    return found


async def call(
    _state: rx.State,
    function: use_case.Use[use_case.Within, Arguments, Result],
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Perform a use case for the caller of this event, off the event loop, in a transaction of its own."""
    return await asyncio.to_thread(use_case.perform, function, caller(), *args, **kwargs)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Handle events as this actor: for tests of states without a socket."""
    with visited_by(Visit(actor, SessionLevel.FULL, actor.session_id, actor.user_id, clock.now())):
        yield


@contextmanager
def visited_by(visit: Visit) -> Iterator[None]:
    """Act for this session, as the gate has events do."""
    token = calling.set(visit)
    try:
        yield
    finally:
        calling.reset(token)


@overload
def handler(method: Handler) -> Any: ...
@overload
def handler(*, public: bool) -> Callable[[Handler], Any]: ...
def handler(method: Handler | None = None, *, public: bool = False) -> Any:
    """Make a state's async method a remote event: arguments checked, refusals shown on the page.

    `NotSignedIn` leads to the sign-in page, every other `PortalError` becomes a notice, and an error of ours
    an incident number. Arguments may be `str`, `int`, `bool`, `list[str]` or `dict[str, str]`, nothing else.
    """

    def decorate(fn: Handler) -> Any:
        checks = _checks(fn)

        @wraps(fn)
        async def handled(self: rx.State, **kwargs: Any) -> Any:
            began.set(time.monotonic())
            try:
                return await fn(self, **_checked(checks, kwargs))
            except NotSignedIn:
                await _leave(self)
            except PortalError as error:
                await _notify(
                    self,
                    error.message,
                    *(error.reasons if isinstance(error, NotYet) else ()),
                )
            except Exception:
                incident = secrets.token_hex(4)
                log.exception("incident %s", incident)
                await _notify(
                    self,
                    Message(
                        "Something failed on our side. Nothing was changed. Incident {incident}.",
                        incident=incident,
                    ),
                )

        setattr(handled, ACCESS, Access.PUBLIC if public else Access.SIGNED_IN)
        # Reflex reads the parameters' names from the signature, which `wraps` hands on.
        handled.__dict__["__signature__"] = inspect.signature(fn)
        return rx.event(handled)

    return decorate if method is None else decorate(method)


def _checks(fn: Handler) -> dict[str, TypeAdapter[Any]]:
    parameters = list(inspect.signature(fn).parameters.values())[1:]
    for parameter in parameters:
        if parameter.annotation not in ALLOWED:
            message = f"{fn.__qualname__}: {parameter.name} must be annotated as one of {ALLOWED}"
            raise TypeError(message)
    return {p.name: TypeAdapter(p.annotation, config=_STRICT) for p in parameters}


def _checked(checks: Mapping[str, TypeAdapter[Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {name: checks[name].validate_python(_without_gaps(value)) for name, value in given.items()}
    except (KeyError, ValidationError):
        # The cause would carry what was sent, which does not belong in a log.
        raise Invalid(Message("The page sent something that does not belong there. Load it again.")) from None


def _without_gaps(value: Any) -> Any:
    """A form without the controls that were not on the page: Reflex's front end sends null for them."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: content for name, content in fields.items() if content is not None}
    return value


Teller = Callable[[rx.State, str, Message], Awaitable[None]]
Leaver = Callable[[rx.State], Awaitable[None]]
_tellers: list[Teller] = []
_leavers: list[Leaver] = []


def tell_with(teller: Teller, leaver: Leaver) -> None:
    """Show refusals, and lead to the sign-in page, by these functions: the shell's, which knows the page."""
    _tellers[:], _leavers[:] = [teller], [leaver]


async def _leave(state: rx.State) -> None:
    for leaver in _leavers:
        await leaver(state)


async def _notify(state: rx.State, *messages: Message) -> None:
    for teller in _tellers:
        for message in messages:
            await teller(state, "error", message)
