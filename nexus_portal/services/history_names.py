"""Orders by the names of those on their cards, for who may search for persons; see `people`."""

from sqlmodel import Session, col

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.orders import Order
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import people, tenancy, vault, vault_tokens
from nexus_portal.services.use_case import use_case

MOST = 200
SHORTEST = 2


@use_case(Permission.PERSONS_SEARCH)
def named(session: Session, actor: Actor, *, text: str) -> tuple[int, ...]:
    """The serials of the orders of the newest 200 cards whose holder's name has all these words.

    Drafts of others and persons who are erased are not found. That somebody searched is logged, and how much
    was found; never for what.

    Raises:
        NotAllowed: the actor stands in no account of their own.
    """
    account_id = tenancy.own_account(actor)
    words = vault_tokens.words(text)
    if len(text.strip()) < SHORTEST or len(text) > people.LONGEST or not 1 <= len(words) <= people.MOST_WORDS:
        return ()
    tokens = vault_tokens.name_tokens(account_id, text)
    query = people.matching(actor, vault_tokens.NAME, tokens).add_columns(col(HolderRecord.item_id))
    found = session.connection().execute(query.add_columns(col(Order.serial)).limit(MOST)).all()
    there = vault.with_person(session, actor, [row.item_id for row in found])
    serials = tuple(dict.fromkeys(int(row.serial) for row in found if row.item_id in there))
    people.write_down(session, actor, by=vault_tokens.NAME, found=len(there))
    return serials
