"""What makes a function a use case: a permission, stated once, where it is defined."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlmodel import Session

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed, NotSignedIn, StepUpNeeded
from nexus_portal.domain.permissions import Permission

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Within = TypeVar("Within", Session, Connection)
"""What a use case works in: a session, or for a list of rows the connection alone."""
Use = Callable[Concatenate[Within, Actor, Arguments], Result]


@dataclass(frozen=True, slots=True)
class UseCase:
    """What the registry knows of a use case."""

    name: str
    permission: Permission
    reads: bool
    step_up: bool
    rows: bool
    function: Callable[..., Any]


registry: dict[str, UseCase] = {}


def use_case(
    permission: Permission, *, reads: bool = False, step_up: bool = False
) -> Callable[[Use[Session, Arguments, Result]], Use[Session, Arguments, Result]]:
    """Register a function as a use case that asks for `permission`.

    `reads` marks one that changes nothing, audit included: it never waits for a writer. `step_up` asks for a
    second factor within five minutes.
    """
    return _registered(permission, reads=reads, step_up=step_up, rows=False)


def list_case(
    permission: Permission,
) -> Callable[[Use[Connection, Arguments, Result]], Use[Connection, Arguments, Result]]:
    """Register a use case that reads rows of its own statements by a connection, without a session.

    To open and close a session takes nearly as long as a page of rows: for what is opened all the time.
    """
    return _registered(permission, reads=True, step_up=False, rows=True)


def _registered(
    permission: Permission, *, reads: bool, step_up: bool, rows: bool
) -> Callable[[Use[Within, Arguments, Result]], Use[Within, Arguments, Result]]:
    def decorate(function: Use[Within, Arguments, Result]) -> Use[Within, Arguments, Result]:
        name = f"{function.__module__.removeprefix('nexus_portal.services.')}.{function.__name__}"

        @wraps(function)
        def guarded(
            within: Within,
            actor: Actor,
            *args: Arguments.args,
            **kwargs: Arguments.kwargs,
        ) -> Result:
            _check(actor, permission, step_up=step_up)
            return function(within, actor, *args, **kwargs)

        registry[name] = UseCase(name, permission, reads, step_up, rows, guarded)
        guarded.__dict__["use_case"] = registry[name]
        return guarded

    return decorate


def _check(actor: Actor, permission: Permission, *, step_up: bool) -> None:
    if not actor.may(permission):
        raise NotAllowed if actor.signed_in else NotSignedIn
    if step_up and not actor.stepped_up(clock.now()):
        raise StepUpNeeded


def perform(
    function: Use[Within, Arguments, Result],
    actor: Actor,
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Run one use case in a transaction of its own: what every door calls."""
    described: UseCase = function.__dict__["use_case"]
    act: Callable[..., Result] = function
    if described.rows:
        with db.current().reading(actor) as connection:
            return act(connection, actor, *args, **kwargs)
    with db.current().transaction(actor, writes=not described.reads) as session:
        return act(session, actor, *args, **kwargs)
