"""State of the files on `/files`: the list, what is chosen of it, the rules."""

from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.file_drops import FileState, Folder
from nexus_portal.domain.permissions import Permission
from nexus_portal.domain.text import Message
from nexus_portal.services import file_credentials, file_list, file_removal, file_rules
from nexus_portal.services.file_list import FileRow, Wanted
from nexus_portal.services.history_choices import Choice
from nexus_portal.state import lists, live
from nexus_portal.state.bridge import call, caller, handler
from nexus_portal.state.file_credentials import FileCredentialsState
from nexus_portal.state.lists import address, known
from nexus_portal.state.quiet import plain
from nexus_portal.state.shell import ShellState, shows_persons

PATH = "/files"
REMOVE, REMOVED, RULES = "remove", "removed", "rules"
UNITS = ("B", "kB", "MB", "GB")
STEP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file on the page. `label` is its name for those who may know it, else its code."""

    id: str
    code: str
    label: str = field(repr=False)
    folder: str
    state: str
    size: str
    checksum: str
    rows: int
    read: int
    order: str
    received_at: str
    by: str
    said: str
    goes_on: str
    takeable: bool


@shows_persons
class FileListState(rx.State):
    """One page of files, which follows what happens to them. Names of files may be those of persons."""

    loaded: bool = False
    rows: list[FileView] = []
    glow: dict[str, int] = {}
    newer: str = ""
    older: str = ""
    wanted_folder: str = ""
    wanted_state: str = ""
    files: int = 0
    used: int = 0
    size: str = ""
    chosen: list[str] = []
    """Ids of files."""
    dialog: str = ""
    """`remove`, `removed` or `rules`."""
    erasure: str = ""
    """The erasure whose certificate was just made."""
    said: str = ""
    error: str = ""
    code_error: str = ""
    orderer: str = ""
    people: list[Choice] = []
    layouts: list[Choice] = []
    rules: dict[str, str] = {}

    @handler
    async def load(self) -> None:
        """Show what the address asks for, and what came of the last form."""
        self.chosen = []
        await self._show()
        await self._read_rules()
        await self._reopen()
        # A tab follows by one event: this one passes the news on to the credentials beside the files.
        live.watch(self, FileListState.refresh, "files", "imports", file_credentials.TOPIC)

    @handler
    async def refresh(self) -> object:
        """Something became of a file, or of a credential: show it."""
        before = {row.id: row for row in plain(self.rows)}
        await self._show()
        there = {row.id: row for row in plain(self.rows)}
        self.glow = lists.glowing(self.glow, before, there)
        self.chosen = [each for each in self.chosen if each in there]
        return FileCredentialsState.refresh

    @handler
    async def narrow(self, name: str, value: str) -> object:
        """Change one of the filters."""
        wanted = {"folder": self.wanted_folder, "state": self.wanted_state}
        return address(PATH, wanted | ({name: value[:20]} if name in wanted else {}))

    @handler
    async def turn(self, direction: str) -> object:
        """Go to newer or older files."""
        page = self.newer if direction == "newer" else self.older
        return address(PATH, {"folder": self.wanted_folder, "state": self.wanted_state, "page": page})

    @handler
    async def choose(self, file: str) -> None:
        """Choose a file, or leave it out again."""
        if file in self.chosen:
            self.chosen = [each for each in self.chosen if each != file]
            return
        if len(self.chosen) >= file_removal.MOST:
            raise Invalid(Message("Choose 1 to {most} at once.", most=file_removal.MOST))
        if file in {row.id for row in self.rows}:
            self.chosen = [*self.chosen, file]

    @handler
    async def choose_used(self) -> None:
        """Choose every file on the page that is safe to delete."""
        self.chosen = [row.id for row in self.rows if row.state == FileState.PROCESSED]

    @handler
    async def choose_none(self) -> None:
        """Leave every file out."""
        self.chosen = []

    @handler
    async def ask(self, dialog: str) -> None:
        """Open a dialog."""
        self.dialog = known(dialog, (REMOVE, RULES))
        self.error = self.code_error = ""

    @handler
    async def closed(self, opens: bool) -> None:  # noqa: FBT001 - what Radix sends
        """The dialog was closed."""
        if not opens:
            self.dialog = self.error = self.code_error = self.erasure = ""

    async def _show(self) -> None:
        asked = self.router.url.query_parameters
        self.wanted_folder, self.wanted_state = (
            known(asked.get("folder", ""), Folder),
            known(asked.get("state", ""), FileState),
        )
        wanted = Wanted(folder=self.wanted_folder, state=self.wanted_state)
        page = await call(self, file_list.files, wanted=wanted, cursor=asked.get("page", ""))
        may_take = caller().may(Permission.FILES_USE)
        self.rows = [_view(row, caller().language, may_take=may_take) for row in page.rows]
        self.newer, self.older = page.previous, page.following
        filled = await call(self, file_list.filled)
        self.files, self.used = filled.files, filled.used
        self.size = size_text(filled.size, caller().language)
        self.loaded = True

    async def _read_rules(self) -> None:
        found = await call(self, file_rules.rules)
        rules = found.rules
        self.orderer, self.people, self.layouts = found.orderer, list(found.people), list(found.layouts)
        self.rules = {
            "orders_as": rules.orders_as,
            "submits": "yes" if rules.submits else "no",
            "layout": rules.layout,
            "archives": "yes" if rules.archives else "no",
            "days_after_use": str(rules.days_after_use),
            "days_unused": str(rules.days_unused),
        }

    async def _reopen(self) -> None:
        shell = await self.get_state(ShellState)
        kept = shell.kept
        self.dialog = known(kept.get("dialog", ""), (REMOVE, REMOVED, RULES))
        if not self.dialog:
            return
        text = " ".join(notice.text for notice in shell.notices)
        if self.dialog == REMOVED:
            self.said, self.erasure = text, kept.get("erasure", "")
        elif kept.get("at") == "code":
            self.code_error = text
        else:
            self.error = text
        there = {row.id for row in self.rows}
        self.chosen = [each for each in kept.get("files", "").split() if _is_id(each) and each in there]
        self.rules |= {name: kept[name] for name in self.rules if name in kept}
        shell.notices = []  # the dialog says it


def size_text(size: int, language: str) -> str:
    """A size as people read it: `340 kB`, `1.2 MB`."""
    number, unit = float(size), 0
    while number >= STEP and unit < len(UNITS) - 1:
        number, unit = number / STEP, unit + 1
    text = f"{number:.1f}" if unit > 1 else f"{number:.0f}"
    return f"{text.replace('.', ',') if language == 'sv' else text} {UNITS[unit]}"


def _view(row: FileRow, language: str, *, may_take: bool) -> FileView:
    there = row.state not in {FileState.RECEIVING, FileState.DELETED, FileState.EXPIRED}
    return FileView(
        id=row.id,
        code=row.code,
        label=row.name or row.code,
        folder=row.folder,
        state=row.state,
        size=size_text(row.size, language),
        checksum=row.checksum,
        rows=row.rows,
        read=row.read,
        order=row.order,
        received_at=row.received_at,
        by=row.by,
        said=row.said,
        goes_on=row.goes_on,
        takeable=may_take and there,
    )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
