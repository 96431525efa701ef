"""State of what the order history can be narrowed by: apart from its rows, which each key changes."""

import reflex as rx

from nexus_portal.services import history_choices
from nexus_portal.services.history_choices import Choice
from nexus_portal.state.bridge import call
from nexus_portal.state.quiet import put


class OrderChoicesState(rx.State):
    """The orderers, cost centres and articles that the account has used."""

    orderers: list[Choice] = []
    cost_centres: list[Choice] = []
    articles: list[Choice] = []
    people: dict[str, str] = {}
    """Id of an orderer → name."""

    async def _read(self) -> None:
        found = await call(self, history_choices.choices)
        put(
            self,
            orderers=list(found.orderers),
            cost_centres=list(found.cost_centres),
            articles=list(found.articles),
            people={person.value: person.label for person in found.orderers},
        )
