"""What a person chooses for themselves."""

from sqlalchemy import update
from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.people import User
from nexus_portal.models.sessions import BrowserSession
from nexus_portal.services.use_case import use_case


@use_case(Permission.PUBLIC)
def speak(session: Session, actor: Actor, *, language: str) -> None:
    """Speak this language in the session, and to the person from now on."""
    session.exec(
        update(BrowserSession)
        .where(col(BrowserSession.id_hash) == actor.session_id)
        .values(language=language)
    )
    if actor.user_id is not None:
        session.exec(update(User).where(col(User.id) == actor.user_id).values(language=language))
