"""The mails that carry a link to a card holder. They name the account and the card, and nobody."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlmodel import Session

from nexus_portal.adapters import clock
from nexus_portal.domain.actor import Actor
from nexus_portal.domain.text import Message
from nexus_portal.models.accounts import Account
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.layouts import Layout
from nexus_portal.models.orders import CardItem
from nexus_portal.models.vault import HolderRecord
from nexus_portal.services import holder_links, outbox, tenancy


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a mail names. `until` is a day; both it and the link are the holder's own."""

    account: str
    layout: str
    until: str = ""
    link: str = ""


Words = Callable[[About], tuple[Message, Message]]
"""Subject and body."""


def invitation(about: About) -> tuple[Message, Message]:
    """The first mail."""
    return (
        Message("Your card from {account}: we need your details", account=about.account),
        Message(
            "{account} orders a card for you ({layout}). Open this link on your phone or computer and fill "
            "in what the card needs. You need no account. The link works once, until {until}.\n\n{link}",
            account=about.account,
            layout=about.layout,
            until=about.until,
            link=about.link,
        ),
    )


def reminder(about: About) -> tuple[Message, Message]:
    """The same link once more."""
    return (
        Message("Reminder: your card from {account} waits for your details", account=about.account),
        Message(
            "{account} orders a card for you ({layout}), and your details are still missing. The link works "
            "once, until {until}.\n\n{link}",
            account=about.account,
            layout=about.layout,
            until=about.until,
            link=about.link,
        ),
    )


def returned(about: About) -> tuple[Message, Message]:
    """A new link, because the answer to the earlier one will not do; why stands on the page alone."""
    return (
        Message("Your card from {account}: something has to be changed", account=about.account),
        Message(
            "{account} could not use what you sent for your card ({layout}). Open this link to see why and "
            "to fill in the form again. The link works once, until {until}.\n\n{link}",
            account=about.account,
            layout=about.layout,
            until=about.until,
            link=about.link,
        ),
    )


def about(session: Session, actor: Actor, item: CardItem) -> About:
    """What the mails about one order's cards have in common."""
    account = tenancy.get(session, actor, Account, item.account_id)
    return About(account=account.name, layout=tenancy.get(session, actor, Layout, item.layout_id).name)


def post(session: Session, link: HolderLink, record: HolderRecord, words: Words, common: About) -> None:
    """Mail a link to its holder, whose address is read from the vault when the mail leaves."""
    until = link.expires_at.date().isoformat()
    subject, body = words(replace(common, until=until, link=holder_links.renewed(link)))
    outbox.post(
        session,
        to="",
        language=link.language,
        subject=subject,
        body=body,
        account_id=link.account_id,
        kind="holder_link",
        holder_record_id=record.id,
    )
    link.sent_at = link.sent_at or clock.now()
    session.add(link)
