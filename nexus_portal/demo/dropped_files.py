"""What lies in the file drop of the demo's school: a file in each state, and the rules for them."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlmodel import Session

from nexus_portal.adapters import clock, db
from nexus_portal.demo import past
from nexus_portal.demo.cast import SCHOOL
from nexus_portal.demo.play import Play
from nexus_portal.demo.portraits import portrait
from nexus_portal.domain.actor import SYSTEM
from nexus_portal.domain.file_drops import Folder
from nexus_portal.domain.numbers import parse_order_number
from nexus_portal.domain.permissions import Role
from nexus_portal.domain.text import Message
from nexus_portal.models.files import FileDrop
from nexus_portal.models.inbox import FileRules
from nexus_portal.models.orders import Order
from nexus_portal.services import file_marks, file_store, file_uploads, tenancy, vault_files
from nexus_portal.services.file_sending import Begin
from nexus_portal.services.file_uploads import Sender

HEADINGS = b"Namn;Klass;Elevnummer;Foto\r\n"
NO_KIND = Message("Only spreadsheets (XLSX, CSV), ZIP files and photos (JPEG, PNG) are taken.")


def drop_files(play: Play, now: datetime) -> None:
    """Let the school's orderer send files, on several days, and say what became of them."""
    with db.current().transaction(SYSTEM) as session:
        orderer = SCHOOL.actor(Role.ORDERER).user_id
        session.add(FileRules(account_id=SCHOOL.id, orders_as=orderer, changed_at=now))
    with past.at(now - timedelta(days=3)):
        old = _send("Klass 4A våren.csv", HEADINGS)
        _used([old, _answer("klass 4a våren")], play.orders["in_production"], rows=6, archived=old)
    with past.at(now - timedelta(days=1)):
        listed = _send("Klass 5B.csv", HEADINGS * 2)
        _used([listed, _answer("klass 5b")], play.orders["unbilled"], rows=3)
        _refuse(_send("Önskemål.docx", b"PK\x03\x04"))
    with past.at(now - timedelta(hours=2)):
        _send("104221.jpg", portrait(Random(SCHOOL.number)))  # noqa: S311 - a made-up face
        _break_off("Klass 8C.csv")


def _sender() -> Sender:
    return Sender(lambda: SCHOOL.actor(Role.ORDERER), at_once=True)


def _send(name: str, data: bytes) -> UUID:
    upload = file_uploads.begin(_sender(), folder=Folder.INBOX, name=name, how=Begin.ANEW)
    upload.write(0, data)
    upload.close()
    return upload.drop_id


def _break_off(name: str) -> None:
    upload = file_uploads.begin(_sender(), folder=Folder.INBOX, name=name, how=Begin.ANEW)
    upload.write(0, HEADINGS)
    upload.break_off()


def _answer(stem: str) -> UUID:
    name = f"{stem} {clock.today():%Y%m%d}.csv"
    whose = file_store.portal_in(SCHOOL.id, SCHOOL.actor(Role.ORDERER).user_id)
    return file_uploads.place(whose, folder=Folder.RESULTS, name=name, parts=[b"Rad;Resultat\r\n"])


def _used(files: list[UUID], number: str, *, rows: int, archived: UUID | None = None) -> None:
    with db.current().transaction(SYSTEM) as session:
        query = tenancy.rows_of(SYSTEM, Order).where(Order.serial == parse_order_number(number))
        order = tenancy.one(session, query)
        drops = [session.get_one(FileDrop, each) for each in files]
        for drop in drops:
            drop.order_id, drop.rows = order.id, rows
        file_marks.processed(session, drops, None)
        if archived is not None:
            _archive_file(session, archived)


def _archive_file(session: Session, file_id: UUID) -> None:
    drop = session.get_one(FileDrop, file_id)
    [name] = vault_files.names(session, [drop]).values()
    vault_files.name_file(drop, vault_files.key_of(drop), Folder.ARCHIVE, name)
    session.add(drop)


def _refuse(file_id: UUID) -> None:
    with db.current().transaction(SYSTEM) as session:
        file_marks.refused(session, [session.get_one(FileDrop, file_id)], NO_KIND)
