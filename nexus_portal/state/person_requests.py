"""State of the page of persons' requests."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from nexus_portal.adapters import catalogue, clock
from nexus_portal.domain.errors import Invalid, NotFound
from nexus_portal.domain.numbers import row_id
from nexus_portal.domain.person_requests import KINDS, OUTCOMES, RequestKind, RequestOutcome
from nexus_portal.domain.text import Message
from nexus_portal.services import person_requests
from nexus_portal.services.person_requests import RequestRow
from nexus_portal.state import lists, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.shell import tell

PAGE = "/privacy/requests"
DIALOGS = ("new", "answer", "extend")
OPEN, ANSWERED = "", "answered"


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with its words."""

    id: str
    number: str
    case_number: str
    kind: str
    received_on: str
    due_on: str
    left: int
    extended: bool
    outcome: str
    answered_on: str
    answered_by: str


class PersonRequestsState(rx.State):
    """The account's requests, and the dialog that is open."""

    loaded: bool = False
    rows: list[RequestView] = []
    late: int = 0
    showing: str = ""
    """`answered`, or nothing for the open ones."""
    dialog: str = ""
    """One of `DIALOGS`, or none."""
    request: str = ""
    about: str = ""
    today: str = ""
    error: str = ""

    @handler
    async def load(self) -> None:
        """Show the open requests, or the answered ones."""
        self._shut()
        self.showing = lists.known(self.router.url.query_parameters.get("show", ""), (ANSWERED,))
        await self._show()
        live.watch(self, PersonRequestsState.refresh, "person_requests")

    @handler
    async def refresh(self) -> None:
        """Somebody wrote one down or answered: show how it stands."""
        await self._show()

    @handler
    async def show(self, which: str) -> object:
        """Show the open requests, or the answered ones."""
        return lists.address(PAGE, {"show": lists.known(which, (ANSWERED,))})

    @handler
    async def ask(self, dialog: str, request: str) -> None:
        """Open a dialog, for one request or for a new one."""
        if dialog not in DIALOGS:
            raise NotFound
        self._shut()
        self.dialog, self.request = dialog, request
        self.today = clock.today().isoformat()
        self.about = next((row.number for row in self.rows if row.id == request), "")

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self._shut()

    @handler
    async def write_down(self, form: dict[str, str]) -> None:
        """Write a request down; what is wrong with it is said in the dialog."""
        try:
            day = date.fromisoformat(form.get("received_on", ""))
            number = await call(
                self,
                person_requests.write_down,
                kind=form.get("kind", ""),
                received_on=day,
                case_number=form.get("case_number", ""),
            )
        except Invalid as refused:
            self.error = catalogue.render(refused.message, caller().language)
            return
        except ValueError:
            words = Message("Choose the day on which the request came, within the last year.")
            self.error = catalogue.render(words, caller().language)
            return
        await self._done(Message("Request {number} is written down.", number=number))

    @handler
    async def answer(self, form: dict[str, str]) -> None:
        """Write down that the chosen request was answered."""
        outcome = form.get("outcome", "")
        await call(self, person_requests.answer, request_id=row_id(self.request), outcome=outcome)
        await self._done(Message("Request {number} is answered.", number=self.about))

    @handler
    async def extend(self, _form: dict[str, str]) -> None:
        """Take two months more for the chosen request."""
        await call(self, person_requests.extend, request_id=row_id(self.request))
        await self._done(Message("Two months more are written down for {number}.", number=self.about))

    async def _done(self, said: Message) -> None:
        self._shut()
        await self._show()
        await tell(self, "success", said)

    def _shut(self) -> None:
        self.dialog = self.request = self.about = self.error = ""

    async def _show(self) -> None:
        found = await call(self, person_requests.requests, answered=self.showing == ANSWERED)
        self.late = await call(self, person_requests.overdue)
        self.rows = [_view(row, caller().language) for row in found]
        self.loaded = True


def _view(row: RequestRow, language: str) -> RequestView:
    outcome = OUTCOMES[RequestOutcome(row.outcome)] if row.outcome else None
    return RequestView(
        row.id,
        row.number,
        row.case_number,
        catalogue.render(KINDS[RequestKind(row.kind)], language),
        row.received_on,
        row.due_on,
        row.left,
        row.extended,
        catalogue.render(outcome, language) if outcome else "",
        row.answered_on,
        row.answered_by,
    )
