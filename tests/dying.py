"""A process of its own, killed as by `kill -9` at a named point: nothing is closed, nothing undone."""

import os
import signal
import traceback
import warnings
from collections.abc import Callable

from nexus_portal import settings
from nexus_portal.adapters import crash_points, db, keystore
from nexus_portal.adapters.db import Database
from nexus_portal.services import erasure_steps, retention_sweep


def killed_at(point: str, work: Callable[[], object]) -> None:
    """Do the work in a child that is killed when it gets there; fails if it never does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads of the tests are not in the child, and not needed
        child = os.fork()
    if child == 0:
        _die(point, work)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the child ended with {status} before {point}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _die(point: str, work: Callable[[], object]) -> None:
    """In the child: connections of its own, and no way back into the test."""
    try:

        def reached(here: str) -> None:
            if here == point:
                os.kill(os.getpid(), signal.SIGKILL)

        crash_points.reached = erasure_steps.reached = retention_sweep.reached = reached
        # Those of the parent must be neither used nor closed.
        db._current, keystore._current = Database(settings.current().database_url), None
        work()
    except BaseException:  # noqa: BLE001 - the child must never run the rest of the tests
        traceback.print_exc()
    finally:
        os._exit(3)
