"""State of the ordering rules: the address book, and when orders wait for approval."""

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.text import Message
from nexus_portal.services import addresses, approval_rules
from nexus_portal.services.addresses import AddressRow
from nexus_portal.state import live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import tell

OWN = "own"
NEW = "new"


class OrderingRulesState(rx.State):
    """The rules on screen, and the dialog that is open."""

    loaded: bool = False
    when: str = ""
    """The rule that is chosen on the page: `never`, `always` or `above`."""
    above_cards: str = ""
    above_price: str = ""
    approvers: int = 0
    rule_error: str = ""
    own_address: str = ""
    book: list[AddressRow] = []
    dialog: str = ""
    """`own`, `new`, or the id of the address that is changed; empty while it is closed."""
    name: str = ""
    address: str = ""
    error: str = ""
    removing: str = ""
    """The id of the address that is asked about before it is removed."""
    removing_name: str = ""

    @handler
    async def load(self) -> None:
        """Show the rules."""
        self.dialog, self.removing, self.error, self.rule_error = "", "", "", ""
        await self._show_rule()
        await self._show_book()
        self.loaded = True
        live.watch(self, OrderingRulesState.refresh, "ordering", "team")

    @handler
    async def refresh(self) -> None:
        """Somebody changed something: show the book; the rule stays while it is being chosen."""
        await self._show_book()

    @handler
    async def choose(self, when: str) -> None:
        """Choose when orders wait; it counts once it is saved."""
        self.when = when

    @handler
    async def save_rule(self, form: dict[str, str]) -> None:
        """Save when orders wait for approval."""
        self.rule_error = ""
        try:
            await call(
                self,
                approval_rules.set_approval,
                when=form.get("when", ""),
                above_cards=_whole(form.get("cards", "")),
                above_price=_ore(form.get("price", "")),
            )
        except Invalid as error:
            self.rule_error = catalogue.render(error.message, caller().language)
            return
        await self._show_rule()
        await tell(self, "success", Message("The rule is saved. It counts for orders sent from now on."))

    @handler
    async def open(self, dialog: str) -> None:
        """Open the dialog for a new address, for the account's own, or for one of the book."""
        found = next((row for row in self.book if row.id == dialog), None)
        if found is None and dialog not in {OWN, NEW}:
            raise NotFound
        self.dialog, self.error = dialog, ""
        self.name, self.address = (found.name, found.address) if found else ("", "")
        if dialog == OWN:
            self.address = self.own_address

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed by a button, Escape or a click beside it."""
        if not opens:
            self.dialog = ""

    @handler
    async def save(self, form: dict[str, str]) -> None:
        """Keep the address; what was typed stays in the dialog while something is wrong with it."""
        try:
            await self._keep(form.get("name", ""), form.get("address", ""))
        except Invalid as error:
            self.error = catalogue.render(error.message, caller().language)
            return
        self.dialog = ""
        await self._show_book()
        await tell(self, "success", Message("The address is saved."))

    @handler
    async def ask(self, address: str, name: str) -> None:
        """Open the dialog before an address is removed."""
        self.removing, self.removing_name = address, name

    @handler
    async def kept(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """It stays in the book after all."""
        if not opens:
            self.removing = ""

    @handler
    async def remove(self, _form: dict[str, str]) -> None:
        """Take the address out of the book."""
        await call(self, addresses.remove_address, address_id=row_id(self.removing))
        self.removing = ""
        await self._show_book()
        await tell(self, "success", Message("The address is removed."))

    async def _keep(self, name: str, address: str) -> None:
        if self.dialog == OWN:
            await call(self, addresses.set_own_address, address=address)
        elif self.dialog == NEW:
            await call(self, addresses.add_address, name=name, address=address)
        else:
            await call(
                self, addresses.change_address, address_id=row_id(self.dialog), name=name, address=address
            )

    async def _show_rule(self) -> None:
        rule = await call(self, approval_rules.approval_rule)
        self.when, self.approvers = rule.when, rule.approvers
        self.above_cards = "" if rule.above_cards is None else str(rule.above_cards)
        self.above_price = "" if rule.above_price is None else str(rule.above_price // 100)

    async def _show_book(self) -> None:
        rows = await call(self, addresses.addresses)
        self.own_address = next((row.address for row in rows if not row.id), "")
        self.book = [row for row in rows if row.id]


def _whole(text: str) -> int | None:
    digits = "".join(text.split())
    if not digits:
        return None
    if not digits.isdecimal() or len(digits) > len(str(approval_rules.MOST_PRICE)):
        raise Invalid(Message("Write a whole number, or leave the field empty."))
    return int(digits)


def _ore(text: str) -> int | None:
    kronor = _whole(text)
    return None if kronor is None else kronor * 100
