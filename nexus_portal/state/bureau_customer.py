"""State of one customer: how it stands, what it is offered, and its setup while it is not open yet."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.account_status import AccountStatus
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import agreement_pages, customer_setup, customers
from nexus_portal.services.agreement_pages import AcceptanceRow, CustomerAgreement
from nexus_portal.services.agreements import TOPIC
from nexus_portal.services.customer_setup import PersonRow
from nexus_portal.services.customers import CustomerSheet
from nexus_portal.state import live
from nexus_portal.state.bridge import call, handler
from nexus_portal.state.lists import last_part
from nexus_portal.state.shell import ShellState, shows_persons, tell

DIALOGS = ("pause", "resume", "open", "person", "layout")
PRICE = "price-"


@dataclass(frozen=True, slots=True)
class OfferView:
    """An article with its prices as they are typed, in SEK; `price` is empty where it is not offered."""

    id: str
    number: str
    name: str
    is_card: bool
    price: str
    list_price: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a list."""

    value: str
    label: str


@shows_persons
class BureauCustomerState(rx.State):
    """One customer, and the dialog that is open."""

    loaded: bool = False
    number: str = ""
    sheet: CustomerSheet | None = None
    agreement: CustomerAgreement | None = None
    accepted: list[AcceptanceRow] = []
    offers: list[OfferView] = []
    cards: list[Choice] = []
    people: list[PersonRow] = []
    missing: list[str] = []
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    reason: str = ""
    policy: str = ""
    error: str = ""
    code_error: str = ""

    @handler
    async def load(self) -> None:
        """Show the customer of the address; after a refused form its dialog again."""
        self.number = last_part(self.router.url.path)
        self.loaded, self.sheet = False, None
        self._shut()
        try:
            await self._show()
        finally:
            self.loaded = True
        await self._reopen()
        live.watch(self, BureauCustomerState.refresh, "customers", "team", TOPIC, subject=self.number)

    @handler
    async def refresh(self) -> None:
        """Something of the customer's changed: show how it stands."""
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
    async def describe(self, form: dict[str, str]) -> object:
        """Keep number, name and address; another number is another address of this page."""
        number = await call(
            self,
            customer_setup.describe,
            number=self.number,
            new_number=form.get("number", ""),
            name=form.get("name", ""),
            address=form.get("address", ""),
        )
        if number != self.number:
            return rx.redirect(f"/bureau/customers/{number}", replace=True)
        await self._kept()
        return None

    @handler
    async def offer(self, form: dict[str, str]) -> None:
        """Keep what is offered, and for how much."""
        typed = {row_id(name.removeprefix(PRICE)): text for name, text in form.items() if text.strip()}
        lists = {UUID(each.id): _oere(each.list_price) for each in self.offers}
        prices = {article: _oere(text) for article, text in typed.items()}
        wanted = {
            article: None if price == lists.get(article) else price for article, price in prices.items()
        }
        await call(self, customer_setup.offer, number=self.number, prices=wanted)
        await self._kept()

    @handler
    async def add_layout(self, form: dict[str, str]) -> None:
        """Offer a first layout made of a template."""
        await call(
            self,
            customer_setup.add_layout,
            number=self.number,
            template=form.get("template", ""),
            article_id=row_id(form.get("article", "")),
            name=form.get("name", ""),
        )
        await self._kept()

    @handler
    async def choose(self, policy: str) -> None:
        """Another rule was chosen: the field for its days comes or goes."""
        self.policy = policy

    @handler
    async def keep_for(self, form: dict[str, str]) -> None:
        """Keep how long personal data stays at first."""
        days = form.get("days", "").strip() or "0"
        if not days.isascii() or not days.isdigit() or len(days) > 4:  # noqa: PLR2004 - ten years have four digits
            raise Invalid(Message("Write a number of days."))
        policy = form.get("policy", "")
        await call(self, customer_setup.keep_for, number=self.number, policy=policy, days=int(days))
        await self._kept()

    @handler
    async def put_person(self, form: dict[str, str]) -> None:
        """Note somebody who is invited first."""
        typed = {name: form.get(name, "") for name in ("email", "name", "role")}
        await call(self, customer_setup.put_person, number=self.number, **typed)
        await self._kept()

    @handler
    async def remove_person(self, email: str) -> None:
        """Take somebody off the list."""
        await call(self, customer_setup.remove_person, number=self.number, email=email)
        await self._show()

    def _shut(self) -> None:
        self.dialog = self.reason = self.error = self.code_error = ""

    async def _kept(self) -> None:
        self._shut()
        await tell(self, "success", Message("Kept."))
        await self._show()

    async def _show(self) -> None:
        sheet = await call(self, customers.customer, number=self.number)
        self.sheet, self.policy = sheet, sheet.retention_policy
        self.agreement = await call(self, agreement_pages.of_customer, number=self.number)
        self.accepted = list(self.agreement.acceptances)
        self.offers = [
            OfferView(
                each.id,
                each.number,
                each.name,
                each.kind == "card",
                _kronor(each.price) if each.offered else "",
                _kronor(each.list_price),
            )
            for each in sheet.articles
        ]
        self.cards = [Choice(each.id, each.name) for each in self.offers if each.is_card and each.price]
        if sheet.row.status != AccountStatus.SETUP:
            self.people, self.missing = [], []
            return
        setup = await call(self, customer_setup.setup, number=self.number)
        language = (await self.get_state(ShellState)).language
        self.people = list(setup.people)
        self.missing = [catalogue.render(message, language) for message in setup.missing]

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        if shell.kept.get("dialog") in DIALOGS:
            self.dialog, self.reason = shell.kept["dialog"], shell.kept.get("reason", "")
            said = " ".join(notice.text for notice in shell.notices)
            self.error, self.code_error = ("", said) if shell.kept.get("at") == "code" else (said, "")
            shell.notices = []  # the dialog says it


def _kronor(oere: int) -> str:
    """A price as it is typed: 49, or 49.50."""
    return f"{oere / 100:.2f}".removesuffix(".00")


def _oere(typed: str) -> int:
    try:
        return int(Decimal(typed.strip().replace(" ", "").replace(",", ".")) * 100)
    except (InvalidOperation, OverflowError, ValueError):
        raise Invalid(Message("Write prices in SEK, such as 49 or 49.50.")) from None
