"""An account whose inbox is in use, and files that are dropped into it as clients of the file server do."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from nexus_portal.adapters import clock
from nexus_portal.adapters.drop_files import Reader
from nexus_portal.domain.actor import SYSTEM, Actor
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.permissions import Role
from nexus_portal.models.files import FileDrop
from nexus_portal.models.inbox import FileRules
from nexus_portal.models.orders import Order
from nexus_portal.services import (
    file_list,
    file_settling,
    file_store,
    file_uploads,
    import_reading,
    inbox,
)
from nexus_portal.services.file_list import FileRow, Wanted
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender
from nexus_portal.services.use_case import perform
from tests.ordering_helpers import Desk
from tests.samples import HEADERS, Person, csv_bytes
from tests.world import Clock


def sheet(persons: Sequence[Person]) -> bytes:
    """A list of these persons, as Excel in Sweden writes it."""
    return csv_bytes([HEADERS, *(person.cells for person in persons)])


@dataclass
class Drop:
    """The inbox of a desk's account. Its orderer drops files and orders what is dropped."""

    desk: Desk
    clock: Clock
    memory: inbox.Memory = field(default_factory=inbox.Memory)

    @property
    def orderer(self) -> Actor:
        """Who drops and orders."""
        return self.desk.orderer

    def rules(self, **values: Any) -> None:
        """Set the account's rules; the orderer orders unless told."""
        given = {"orders_as": self.orderer.user_id, **values}
        with self.desk.world.database.transaction(SYSTEM) as session:
            row = session.get(FileRules, self.desk.account.id)
            row = row or FileRules(account_id=self.desk.account.id, changed_at=clock.now())
            for name, value in given.items():
                setattr(row, name, value)
            self.clock.forward(timedelta(seconds=1))
            row.changed_at = self.clock.now()
            session.add(row)

    def send(self, name: str, data: bytes, *, at_once: bool = True, actor: Actor | None = None) -> UUID:
        """Drop a whole file."""
        sender = Sender(lambda: actor or self.orderer, at_once=at_once)
        upload = file_uploads.begin(sender, folder=Folder.INBOX, name=name, how=Begin.ANEW)
        upload.write(0, data)
        upload.close()
        return upload.drop_id

    def work(self) -> None:
        """What the workers do until nothing is left to do."""
        for _ in range(4):
            file_settling.settle_due()
            inbox.work(self.memory)
            import_reading.read_due()

    def later(self, **step: int) -> None:
        """Let time pass, and the workers work."""
        self.clock.forward(timedelta(**step))
        self.work()

    def files(self, actor: Actor | None = None, *, folder: str = "", state: str = "") -> tuple[FileRow, ...]:
        """The first page of files as somebody sees it, the oldest first."""
        wanted = Wanted(folder=folder, state=state)
        return perform(file_list.files, actor or self.orderer, wanted=wanted).rows[::-1]

    def states(self, *, folder: str = "") -> dict[str, str]:
        """Name → state."""
        return {row.name: row.state for row in self.files(folder=folder)}

    def rows(self) -> Sequence[FileDrop]:
        """The files in the database, those that are gone included."""
        with self.desk.world.database.transaction(SYSTEM, writes=False) as session:
            return session.exec(select(FileDrop).order_by(col(FileDrop.id))).all()

    def orders(self) -> list[Order]:
        """The account's orders, the oldest first."""
        with self.desk.world.database.transaction(SYSTEM, writes=False) as session:
            query = select(Order).where(Order.account_id == self.desk.account.id)
            return list(session.exec(query.order_by(col(Order.id))).all())

    def read(self, name: str, folder: Folder = Folder.RESULTS) -> bytes:
        """The bytes of a file."""
        opened = perform(file_store.open_read, self.orderer, folder=folder, name=name)
        reader = Reader(opened.blob, opened.id, opened.key)
        try:
            return reader.read(0, opened.size)
        finally:
            reader.close()

    def answer(self, name: str) -> list[list[str]]:
        """The lines of an answer, without its headings."""
        text = self.read(name).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]

    def admin(self) -> Actor:
        """Somebody who sets the rules, and has just proven the second factor."""
        return self.desk.world.person(Role.ACCOUNT_ADMIN, self.desk.account, stepped_up=True)
