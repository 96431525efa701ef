"""What is done once a transaction has ended, however it ended: the counterpart of `db.after_commit`."""

from __future__ import annotations

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
    """Run `hook` only if the session's transaction is not committed: to take back what lies outside the database."""
    session.info.setdefault(_REFUSED, []).append(hook)


@event.listens_for(Session, "after_commit")
def _note(session: Any) -> None:  # pyright: ignore[reportUnusedFunction]
    if not session.in_nested_transaction():
        session.info[_COMMITTED] = True


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Any, transaction: Any) -> None:  # pyright: ignore[reportUnusedFunction]
    if transaction.parent is not None:
        return
    committed = session.info.pop(_COMMITTED, False)
    undo: list[Hook] = session.info.pop(_REFUSED, [])
    hooks: list[Hook] = session.info.pop(_ALWAYS, [])
    for hook in [*([] if committed else reversed(undo)), *hooks]:
        try:
            hook()
        except Exception as error:  # the refusal that is on its way must not be replaced by this one
            log.error("after the end of a transaction: %s", type(error).__name__)  # noqa: TRY400
