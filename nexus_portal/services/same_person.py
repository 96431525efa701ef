"""All cards of the person on a card: they bear the same personal number, however it was written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import NotAllowed
from nexus_portal.domain.permissions import Permission
from nexus_portal.models.vault import HolderRecord, SearchToken
from nexus_portal.services import tenancy, vault
from nexus_portal.services.vault_tokens import NUMBER


def places(session: Session, actor: Actor, item_ids: Sequence[UUID]) -> Mapping[UUID, set[UUID]]:
    """All card items of the persons on the given ones, by order; those of whom nothing is held are left out.

    Raises:
        NotAllowed: the actor may not search for persons.
    """
    if not actor.may(Permission.PERSONS_SEARCH):
        raise NotAllowed
    tokens = (
        select(SearchToken.token)
        .join(HolderRecord, col(HolderRecord.id) == col(SearchToken.record_id))
        .where(
            tenancy.within(actor, SearchToken.account_id),
            SearchToken.kind == NUMBER,
            col(HolderRecord.item_id).in_(item_ids),
        )
    )
    same = vault.items_with_number(
        session, tenancy.own_account(actor), list(dict.fromkeys(session.exec(tokens)))
    )
    wanted = {*item_ids, *(item_id for items in same.values() for item_id in items)}
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for chunk in vault.chunks(list(wanted)):
        query = select(HolderRecord.order_id, HolderRecord.item_id).where(
            tenancy.within(actor, HolderRecord.account_id), col(HolderRecord.item_id).in_(chunk)
        )
        for order_id, item_id in session.exec(query):
            found[order_id].add(item_id)
    return found
