"""What persons asked Björkskolan for, and whose identity is protected there."""

from datetime import timedelta
from uuid import UUID

from nexus_portal.adapters import clock
from nexus_portal.demo.cast import BUREAU, SCHOOL
from nexus_portal.demo.play import Act
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.person_requests import RequestKind, RequestOutcome
from nexus_portal.services import person_requests, protection, protection_handlers
from nexus_portal.services.use_case import perform

REQUESTS = (
    (RequestKind.ACCESS, 64, "BJS-2026/31", RequestOutcome.GRANTED),
    (RequestKind.ERASURE, 47, "BJS-2026/38", RequestOutcome.PARTLY),
    (RequestKind.ACCESS, 25, "BJS-2026/52", None),
    (RequestKind.RECTIFICATION, 2, "", None),
)
"""Which right, how many days ago, under which number, and the answer."""


def protect(position: int) -> Act:
    """The privacy officer has the person on a card protected."""
    return lambda play, story: perform(
        protection.mark_card,
        story.design.owner.actor(Role.PRIVACY_OFFICER),
        code=f"{play.orders[story.key]}-{position}",
    )


def name_handlers() -> None:
    """Somebody at the bureau may print protected persons' cards; at the school one naming waits."""
    admin, officer = BUREAU.actor(Role.BUREAU_ADMIN), SCHOOL.actor(Role.PRIVACY_OFFICER)
    printing = BUREAU.actor(Role.PRODUCTION_OPERATOR).name
    ordering = SCHOOL.actor(Role.ORDERER).name
    staff = {row.name: UUID(row.id) for row in perform(protection_handlers.bureau_handlers, admin)}
    team = {row.name: UUID(row.id) for row in perform(protection_handlers.handlers, officer)}
    perform(protection_handlers.name_at_bureau, admin, membership_id=staff[printing])
    perform(protection_handlers.propose, officer, membership_id=team[ordering])


def ask_for_rights() -> None:
    """Two requests were answered, one is due within days, one has just come."""
    officer, today = SCHOOL.actor(Role.PRIVACY_OFFICER), clock.today()
    for kind, days_ago, case_number, outcome in REQUESTS:
        received = today - timedelta(days=days_ago)
        number = perform(
            person_requests.write_down, officer, kind=kind, received_on=received, case_number=case_number
        )
        if outcome is not None:
            rows = {row.number: row for row in perform(person_requests.requests, officer)}
            perform(person_requests.answer, officer, request_id=UUID(rows[number].id), outcome=outcome.value)
