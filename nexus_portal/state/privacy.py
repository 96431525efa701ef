"""State of the page of retention. Proposing and confirming go by form posts, for they ask for a code."""

from dataclasses import dataclass

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import NotFound
from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.retention import RetentionPolicy
from nexus_portal.domain.text import Message
from nexus_portal.domain.words import KIND
from nexus_portal.services import person_requests, retention
from nexus_portal.services.retention import ProposalRow, RetentionView, RuleRow
from nexus_portal.services.retention_due import Forecast
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import ShellState, tell

DIALOGS = ("propose", "confirm", "refuse", "withdraw")


@dataclass(frozen=True)
class RuleView:
    """A kind of data and its rule in words; `change` is what a proposal makes of it."""

    kind: str
    label: str
    rule: str
    change: str


@dataclass(frozen=True)
class GoesView:
    """What goes by some time: `lost` per kind in words, empty where nothing does."""

    orders: int
    cards: int
    whole: int
    lost: str


class PrivacyState(rx.State):
    """How long data is kept, the change that waits, what goes soon, and the dialog that is open."""

    loaded: bool = False
    rules: list[RuleView] = []
    waits: bool = False
    own: bool = False
    proposed_by: str = ""
    proposed_at: str = ""
    planned: list[GoesView] = []
    """What the dry run of the proposal said: at the next sweep, within 30 days."""
    coming: list[GoesView] = []
    """The same by the rules that hold."""
    swept_at: str = ""
    others: int = 0
    late: int = 0
    """Requests of persons that are overdue."""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    proposal: str = ""
    policies: dict[str, str] = {}
    days: dict[str, str] = {}
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the rules; after a refused form its dialog again."""
        self._shut()
        await self._show()
        await self._reopen()
        live.watch(self, PrivacyState.refresh, "privacy", "person_requests")

    @handler
    async def refresh(self) -> None:
        """Somebody proposed or decided: show it as it is now."""
        await self._show()

    @handler
    async def ask(self, dialog: str) -> None:
        """Open a dialog."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self.dialog = dialog

    @handler
    async def close(self) -> None:
        """Close the dialog."""
        self._shut()

    @handler
    async def refuse(self, _form: dict[str, str]) -> None:
        """Say no to what somebody else proposed."""
        await call(self, retention.refuse, proposal_id=row_id(self.proposal))
        self._shut()
        await self._show()
        await tell(self, "success", Message("The change is refused. The rules stay as they are."))

    @handler
    async def withdraw(self, _form: dict[str, str]) -> None:
        """Take back what one proposed."""
        await call(self, retention.withdraw, proposal_id=row_id(self.proposal))
        self._shut()
        await self._show()
        await tell(self, "success", Message("The proposal is withdrawn."))

    def _shut(self) -> None:
        self.dialog = self.error = self.code_error = ""

    async def _show(self) -> None:
        view = await call(self, retention.retention)
        waiting = view.proposal
        self.rules = _rules(view)
        self.waits, self.own = waiting is not None, waiting is not None and waiting.own
        self.proposal = str(waiting.id) if waiting else ""
        self.proposed_by = waiting.proposed_by if waiting else ""
        self.proposed_at = waiting.proposed_at.isoformat() if waiting else ""
        self.planned = _goes(waiting.outlook) if waiting else []
        self.coming = _goes(view.outlook)
        self.swept_at = view.swept_at.isoformat() if view.swept_at else ""
        self.others, self.late = view.others, await call(self, person_requests.overdue)
        self.loaded = True
        self.policies = {row.kind: row.policy if _apart(row) else "" for row in view.rules}
        self.days = {row.kind: str(row.days) for row in view.rules}

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        if kept.get("dialog") in DIALOGS:
            self.dialog = kept["dialog"]
            self.policies = {kind: kept.get(f"policy-{kind}", old) for kind, old in self.policies.items()}
            self.days = {kind: kept.get(f"days-{kind}", old) for kind, old in self.days.items()}
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it


def _apart(row: RuleRow) -> bool:
    return row.own or row.kind == retention.DEFAULT


def _rules(view: RetentionView) -> list[RuleView]:
    language = caller().language
    planned = _planned(view.proposal)
    return [
        RuleView(
            row.kind,
            catalogue.render(KIND[RetentionClass(row.kind)], language),
            _words(row),
            _words(planned[row.kind]) if row.kind in planned and _differs(planned[row.kind], row) else "",
        )
        for row in view.rules
        if row.kind != retention.DEFAULT
    ]


def _planned(proposal: ProposalRow | None) -> dict[str, RuleRow]:
    return {row.kind: row for row in proposal.rules} if proposal else {}


def _differs(one: RuleRow, other: RuleRow) -> bool:
    return (one.policy, one.days) != (other.policy, other.days)


def _words(row: RuleRow) -> str:
    said = {
        RetentionPolicy.IMMEDIATE: Message("As soon as the card is delivered"),
        RetentionPolicy.DAYS: Message("{days} days after delivery", days=row.days),
        RetentionPolicy.WARRANTY: Message("At the end of the warranty, after {days} days", days=row.days),
    }[RetentionPolicy(row.policy)]
    return catalogue.render(said, caller().language)


def _goes(outlook: retention.Outlook) -> list[GoesView]:
    return [_view(outlook.soon), _view(outlook.month)]


def _view(said: Forecast) -> GoesView:
    language = caller().language
    lost = ", ".join(
        f"{catalogue.render(KIND[RetentionClass(kind)], language)} {count}"
        for kind, count in said.kinds.items()
    )
    return GoesView(said.orders, said.cards, said.whole, lost)
