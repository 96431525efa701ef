"""What is done once a transaction has ended, however it ended: the counterpart of `db.after_commit`."""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

log = logging.getLogger(__name__)
Hook = Callable[[], None]

_ALWAYS = "nexus.after_end"
_REFUSED = "nexus.after_rollback"
_COMMITTED = "nexus.committed"


def after_end(session: Session, hook: Hook) -> None:
    """Run `hook` when the session's transaction has released its connection, committed or not."""
    session.info.setdefault(_ALWAYS, []).append(hook)


def after_rollback(session: Session, hook: Hook) -> None:
    """Run `hook` only if the session's transaction is not committed: to take back what lies outside it."""
    session.info.setdefault(_REFUSED, []).append(hook)


@event.listens_for(Session, "after_commit")
def _note(session: Any) -> None:
    if not session.in_nested_transaction():
        session.info[_COMMITTED] = True


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Any, transaction: Any) -> None:
    if transaction.parent is not None:
        return
    committed = session.info.pop(_COMMITTED, False)
    undo: list[Hook] = session.info.pop(_REFUSED, None) or []
    hooks: list[Hook] = session.info.pop(_ALWAYS, None) or []
    due: list[Hook] = hooks if committed else [*reversed(undo), *hooks]
    for hook in due:
        try:
            hook()
        except Exception as error:  # noqa: BLE001 - the refusal on its way must not be replaced by this one
            log.error("after the end of a transaction: %s", type(error).__name__)  # noqa: TRY400 - its text may hold what was being stored
