"""Changing how long data is kept: form posts with a code."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.retention import MOST_DAYS, RetentionPolicy, Rule
from nexus_portal.domain.text import Message
from nexus_portal.services import retention
from nexus_portal.services.use_case import perform
from nexus_portal.web import caller
from nexus_portal.web.step_up import Done, carry_out

PAGE = "/privacy"
LONGEST = len(str(MOST_DAYS))


async def propose(request: Request) -> Response:
    """Propose other rules."""
    form = await caller.checked_form(request)
    kinds = (retention.DEFAULT, *(kind.value for kind in RetentionClass))
    names = [f"{part}-{kind}" for kind in kinds for part in ("policy", "days")]
    typed = {name: str(form.get(name, ""))[:20] for name in names}

    def act(actor: Actor) -> Done:
        rules = {kind: rule for kind in kinds if (rule := _rule(typed, kind)) is not None}
        perform(retention.propose, actor, rules=rules)
        return Done(Message("The change is proposed. It counts once a second person has confirmed it."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "propose", **typed})


async def confirm(request: Request) -> Response:
    """Confirm what somebody else proposed."""
    form, proposal_id = await caller.checked_form(request), row_id(request.path_params["id"])

    def act(actor: Actor) -> Done:
        perform(retention.confirm, actor, proposal_id=proposal_id)
        return Done(Message("The change is confirmed. It counts from the next sweep."), PAGE)

    return await carry_out(request, form, act, back=PAGE, kept={"dialog": "confirm"})


def _rule(typed: Mapping[str, str], kind: str) -> Rule | None:
    policy, days = typed[f"policy-{kind}"], typed[f"days-{kind}"].strip()
    if policy == "":
        return None  # as for all kinds
    if policy not in set(RetentionPolicy):
        raise Invalid(Message("Choose a rule for every kind of data."))
    if policy != RetentionPolicy.DAYS:
        return Rule(RetentionPolicy(policy))
    if not days.isascii() or not days.isdigit() or len(days) > LONGEST:
        raise Invalid(Message("Write a number of days between 0 and {most}.", most=MOST_DAYS))
    return Rule(RetentionPolicy.DAYS, int(days))


routes = [
    Route("/privacy/retention/propose", propose, methods=["POST"]),
    Route("/privacy/retention/{id}/confirm", confirm, methods=["POST"]),
]
