"""A plugin of pytest: runs the tests once as they are, then against each mutant in a process forked off.

The databases, modules and fixtures of the session are there already when a mutant is tried, so that trying it
takes as long as the first test that fails. Only those run that reach the changed function: first those that
noticed most in its module, then those that are named after it, then the quickest.
"""

import os
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

from scripts.mutants import planting
from scripts.mutants.making import ROOT, Mutant

ENOUGH_SECONDS = 20.0
"""Of processor time: tests that took so long together, unchanged and watched, are enough for one mutant.

What survives takes this long and what is noticed a tenth of it: a whole run is made with little, and what it
leaves over is tried `--again` with more.
"""
HANGS_SECONDS = 60
"""Of processor time: whoever takes so long hangs, and has been noticed."""
KILLED, SURVIVED, UNREACHED, IMPORTED = "killed", "survived", "not reached", "at import"
Tell = Callable[[Mutant, str], None]


class Trying:
    """The plugin. `tell` hears of each mutant what came of it."""

    def __init__(self, mutants: Iterable[Mutant], tell: Tell, enough: float = ENOUGH_SECONDS) -> None:
        self._mutants = mutants
        self._tell = tell
        self._seconds_each = enough
        self._seconds: dict[pytest.Item, float] = {}
        self._reaching: defaultdict[CodeType, set[pytest.Item]] = defaultdict(set)
        self._noticed: defaultdict[str, Counter[pytest.Item]] = defaultdict(Counter)
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that something failed."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running each test once."""
        _always_the_same_examples()
        for item in session.items:
            self._rehearse(item)
            if self._failed:
                pytest.exit(f"{item.nodeid} fails without any mutant", returncode=2)
        loaded = planting.functions()
        for mutant in self._mutants:
            self._tell(mutant, self._try(mutant, loaded))
        return True

    def _rehearse(self, item: pytest.Item) -> None:
        seen: set[CodeType] = set()

        def watch(frame: FrameType, event: str, _argument: Any) -> None:
            if event == "call":
                seen.add(frame.f_code)

        began = time.process_time()
        threading.setprofile(watch)
        sys.setprofile(watch)
        try:
            _run(item)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        self._seconds[item] = time.process_time() - began
        for code in seen.copy():  # a thread of the test may still be seen
            if code.co_filename.startswith(str(ROOT / "nexus_portal")):
                self._reaching[code].add(item)

    def _try(self, mutant: Mutant, loaded: dict[CodeType, list[FunctionType]]) -> str:
        path = str(ROOT / mutant.module)
        reaching = {
            item
            for code, items in self._reaching.items()
            if code.co_filename == path and _outermost(code) == mutant.function
            for item in items
        }
        if mutant.function and not reaching:
            return UNREACHED
        chosen = self._enough(mutant.module, reaching)
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            self._in_child(mutant, loaded, chosen, told)
        os.close(told)
        _, status = os.waitpid(child, 0)
        with os.fdopen(heard, "rb") as pipe:
            self._noticed[mutant.module].update(chosen[int(place)] for place in pipe.read().split())
        if os.WIFSIGNALED(status):
            return KILLED
        return {0: SURVIVED, 1: KILLED, 2: IMPORTED}.get(os.WEXITSTATUS(status), KILLED)

    def _enough(self, module: str, reaching: Iterable[pytest.Item]) -> Sequence[pytest.Item]:
        chosen: list[pytest.Item] = []
        total = 0.0
        noticed, named = self._noticed[module], f"test_{Path(module).stem.partition('_')[0]}"

        def rank(item: pytest.Item) -> tuple[int, bool, float]:
            return -noticed[item], not item.path.stem.startswith(named), self._seconds[item]

        for item in sorted(reaching, key=rank):
            total += self._seconds[item]
            if chosen and total > self._seconds_each:
                break
            chosen.append(item)
        return chosen

    def _in_child(
        self,
        mutant: Mutant,
        loaded: dict[CodeType, list[FunctionType]],
        items: Sequence[pytest.Item],
        told: int,
    ) -> None:
        try:
            _be_quiet()
            signal.setitimer(signal.ITIMER_PROF, HANGS_SECONDS)
            signal.alarm(2 * HANGS_SECONDS)
            if not planting.plant(mutant, loaded):
                os._exit(2)
            for place, item in enumerate(items):
                _run(item)
                if self._failed:
                    os.write(told, str(place).encode())
                    os._exit(1)
            os._exit(0)
        finally:
            os._exit(1)


def _outermost(code: CodeType) -> str:
    return code.co_qualname.partition(".<locals>")[0]


def _run(item: pytest.Item) -> None:
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=_Nothing(item.session))


class _Nothing:
    """Stands for the test that comes next: what belongs to the session stays for it, all else ends."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        """Where it hangs."""
        return [self._session]


def _always_the_same_examples() -> None:
    from hypothesis import settings  # noqa: PLC0415 - pytest wants to be the first to import it

    settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    settings.load_profile("mutants")


def _be_quiet() -> None:
    null = os.open(Path(os.devnull), os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
