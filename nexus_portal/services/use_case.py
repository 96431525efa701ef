"""What makes a function a use case: a permission, stated once, where it is defined."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

from nexus_portal.adapters import clock, db
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed, NotSignedIn, StepUpNeeded
from nexus_portal.domain.permissions import Permission

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Use = Callable[Concatenate[Session, Actor, Arguments], Result]


@dataclass(frozen=True, slots=True)
class UseCase:
    """What the registry knows of a use case."""

    name: str
    permission: Permission
    reads: bool
    step_up: bool
    function: Callable[..., Any]


registry: dict[str, UseCase] = {}


def use_case(
    permission: Permission, *, reads: bool = False, step_up: bool = False
) -> Callable[[Use[Arguments, Result]], Use[Arguments, Result]]:
    """Register a function as a use case that asks for `permission`.

    `reads` marks one that changes nothing, audit included: it never waits for a writer. `step_up` asks for a
    second factor within five minutes.
    """

    def decorate(function: Use[Arguments, Result]) -> Use[Arguments, Result]:
        name = f"{function.__module__.removeprefix('nexus_portal.services.')}.{function.__name__}"

        @wraps(function)
        def guarded(
            session: Session,
            actor: Actor,
            *args: Arguments.args,
            **kwargs: Arguments.kwargs,
        ) -> Result:
            _check(actor, permission, step_up=step_up)
            return function(session, actor, *args, **kwargs)

        registry[name] = UseCase(name, permission, reads, step_up, guarded)
        guarded.__dict__["use_case"] = registry[name]
        return guarded

    return decorate


def _check(actor: Actor, permission: Permission, *, step_up: bool) -> None:
    if not actor.may(permission):
        raise NotAllowed if actor.signed_in else NotSignedIn
    if step_up and not actor.stepped_up(clock.now()):
        raise StepUpNeeded


def perform(
    function: Use[Arguments, Result],
    actor: Actor,
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    """Run one use case in a transaction of its own: what every door calls."""
    described: UseCase = function.__dict__["use_case"]
    with db.current().transaction(actor, writes=not described.reads) as session:
        return function(session, actor, *args, **kwargs)
