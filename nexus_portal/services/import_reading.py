"""Reading imports in the background: claim, plan, and then part by part into the draft.

Nothing slow happens while a transaction is open: photos are unpacked and made anew beside it, a bounded
number ahead of the rows that are stored.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from nexus_portal.domain.actor import Actor
from nexus_portal.domain.errors import Conflict, NotAllowed, NotFound, Unavailable
from nexus_portal.models.imports import Import, ImportKind
from nexus_portal.models.orders import Order
from nexus_portal.services import draft_orders, import_mended, import_photos, import_queue, imports, tenancy
from nexus_portal.services.draft_rows import NewRow
from nexus_portal.services.import_plan import Files, Plan, PlannedRow, plan, with_files
from nexus_portal.services.import_queue import Claim
from nexus_portal.services.imports import Held
from nexus_portal.services.layouts import LayoutRow
from nexus_portal.services.sessions import system
from nexus_portal.services.use_case import perform

log = logging.getLogger(__name__)

PART = 500
PART_WITH_PHOTOS = 50
"""Rows of one transaction: photos are written to the disk within it, and others wait to write meanwhile."""
AHEAD = 100
"""Photos made anew that wait to be stored, about 250 kB each."""
HANDS = min(2, os.cpu_count() or 1)
"""Threads that make photos anew: decoding and encoding leave Python's lock to others."""
POLITE = 10
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts while the database does not answer: it may be away for ten seconds and more."""

Result = TypeVar("Result")
NEVER = threading.Event()


class Stopped(Exception):
    """The portal stops: the import is given back between two parts."""


def read_due(stop: threading.Event = NEVER) -> int:
    """Read what waits, one import after the other, until nothing does; gives how many were read."""
    count = 0
    for import_id in import_queue.due():
        if stop.is_set():
            break
        claimed = import_queue.claim(import_id)
        if claimed is not None:
            _read(claimed, stop)
            count += 1
    return count


def polite() -> None:
    """Let the pages of people go before this thread; on Linux each thread has a priority of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)


def _read(claimed: Claim, stop: threading.Event) -> None:
    if claimed.actor is None or claimed.exhausted:
        import_queue.end(claimed)
        return
    try:
        _go(claimed, claimed.actor, stop)
    except Stopped:
        import_queue.release(claimed)
    except (NotFound, Conflict, NotAllowed):
        # Thrown away, ordered or taken over meanwhile: the draft's page says what became of it.
        log.info("an import ended before its file")
        import_queue.end(claimed)
    except Unavailable:
        log.warning("an import waits for the database")  # another goes on when the lease ends
    except Exception as error:  # noqa: BLE001 - one file must not keep the others from being read
        # The cause could quote what is in the file.
        log.error("an import failed: %s", type(error).__name__)  # noqa: TRY400 - see above
        import_queue.end(claimed)


def _go(claimed: Claim, actor: Actor, stop: threading.Event) -> None:
    held = Held(claimed.import_id, claimed.token)
    source, layouts = _source(actor, claimed)
    with with_files(import_queue.files_of(source)) as files:
        for act in _acts(actor, held, source, layouts, files):
            if stop.is_set():
                raise Stopped
            _patiently(act)
    _patiently(lambda: perform(imports.finish, actor, held=held))


def _acts(
    actor: Actor, held: Held, source: Import, layouts: Sequence[LayoutRow], files: Files
) -> Iterator[Callable[[], int]]:
    """What is left to do, each in a transaction of its own that counts it."""
    spreadsheet, archive = files
    if source.kind == ImportKind.MENDED:
        sheet = import_mended.read(layouts, spreadsheet)
        yield from import_mended.parts(actor, sheet, held, done=source.done)
    elif source.kind == ImportKind.PHOTOS and archive is not None and source.order_id is not None:
        matched = import_photos.match(actor, order_id=source.order_id, archive=archive)
        yield from import_photos.parts(actor, matched, held)
    else:
        mapping = {int(column): key for column, key in source.mapping.items()}
        prepared = plan(layouts[0], spreadsheet, archive, mapping, actor.language)
        for start, rows, photos in _parts(prepared, source.done):
            yield lambda start=start, rows=rows, photos=photos: perform(
                imports.take_rows, actor, held=held, start=start, rows=rows, photos=photos
            )


def _source(actor: Actor, claimed: Claim) -> tuple[Import, Sequence[LayoutRow]]:
    """An import, and the layouts that it may be about: its own first, then the others of its draft."""
    with system(writes=False) as session:
        source = tenancy.get(session, actor, Import, claimed.import_id)
        own = imports.layout_of(session, actor, source)
        order = tenancy.get(session, actor, Order, source.order_id) if source.order_id else None
        others = draft_orders.layouts_of(session, actor, order).values() if order else ()
        return source, [own, *(each for each in others if each.id != own.id)]


def _parts(prepared: Plan, done: int) -> Iterator[tuple[int, Sequence[NewRow], int]]:
    """The rows behind those that are done: where each part starts, its rows, how many photos it looked at."""
    size = PART if prepared.archive is None else PART_WITH_PHOTOS
    left = prepared.rows[done:]
    rows = _finished(prepared, left)
    for start in range(0, len(left), size):
        photos = sum(row.photo is not None for row in left[start : start + size])
        yield done + start, list(islice(rows, size)), photos


def _finished(prepared: Plan, rows: Sequence[PlannedRow]) -> Iterator[NewRow]:
    if prepared.archive is None:
        yield from map(prepared.finished, rows)
        return
    waiting: deque[Future[NewRow]] = deque()
    with ThreadPoolExecutor(HANDS, "photos", initializer=polite) as hands:
        try:
            for row in rows:
                waiting.append(hands.submit(prepared.finished, row))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _patiently(act: Callable[[], Result]) -> Result:
    """Try again while the database does not answer; a part that did come through is not doubled."""
    for pause in PAUSES:
        try:
            return act()
        except Unavailable:
            time.sleep(pause)
    return act()
