"""Try all mutants that were not tried yet, and tell the score: `python -m scripts.mutants [AREA …]`.

What came of each is kept in `mutants.jsonl`: what was tried is not tried again until its module changes.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context

import pytest
from rich.console import Console

from scripts.mutants import importing, plan
from scripts.mutants.making import ROOT, Mutant, mutants_of
from scripts.mutants.trying import ENOUGH_SECONDS, IMPORTED, KILLED, SURVIVED, UNREACHED, Trying

KEPT = ROOT / "mutants.jsonl"
BAR = 85
out = Console(highlight=False, soft_wrap=True)


def main(arguments: Sequence[str]) -> int:
    """Try and tell; exit code 1 where an area stays under the bar."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("what", nargs="*", default=list(plan.AREAS), help="areas, or paths of modules")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth mutant")
    parser.add_argument("--start", type=int, default=0, help="the first of them: another one, another sample")
    parser.add_argument("--loaded", action="store_true", help="leave out what shows at import alone: slow")
    parser.add_argument(
        "--enough", type=float, default=ENOUGH_SECONDS, help="seconds of tests that one mutant is tried by"
    )
    parser.add_argument("--again", action="store_true", help="try what was not noticed once more")
    parser.add_argument("--report", action="store_true", help="only tell what came of the last run")
    asked = parser.parse_args(arguments)
    chosen = {name: _chosen(area, name, asked.what) for name, area in plan.AREAS.items()}
    for name, modules in chosen.items():
        if modules and not asked.report:
            # Each area in a process of its own, which has loaded what its tests need and no more.
            child = get_context("fork").Process(
                target=_try, args=(name, modules, slice(asked.start, None, asked.every), asked)
            )
            child.start()
            child.join()
            if child.exitcode:
                return child.exitcode
    return _report([module for modules in chosen.values() for module in modules])


def _chosen(area: plan.Area, name: str, what: Sequence[str]) -> Sequence[str]:
    return [path for path in area.paths() if name in what or path in what]


def _try(area: str, modules: Sequence[str], which: slice, asked: argparse.Namespace) -> None:
    done = {KILLED} if asked.again else {KILLED, SURVIVED, UNREACHED}
    known = {digest for digest, said in _kept().items() if said["outcome"] in done}
    waiting: list[Mutant] = []

    def fresh() -> Iterator[Mutant]:
        for module in modules:
            for mutant in islice(mutants_of(module), which.start, which.stop, which.step):
                if _digest(mutant) not in known:
                    yield mutant

    def tell(mutant: Mutant, outcome: str) -> None:
        if outcome == IMPORTED:
            waiting.append(mutant)
        else:
            _keep(mutant, outcome)

    tests = [*plan.SQLITE, *plan.AREAS[area].tests()]
    code = pytest.main(
        ["-q", "-p", "no:cacheprovider", *tests], plugins=[Trying(fresh(), tell, asked.enough)]
    )
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        raise SystemExit(int(code))
    for mutant in () if asked.loaded else waiting:
        killed = importing.killed(mutant, plan.AREAS[area].tests())
        _keep(mutant, KILLED if killed else SURVIVED)


def _keep(mutant: Mutant, outcome: str) -> None:
    said = {"module": mutant.module, "function": mutant.function, "outcome": outcome, "name": mutant.name}
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"digest": _digest(mutant), **said}, ensure_ascii=False) + "\n")
    if outcome != KILLED:
        out.print(f"[red]{outcome}[/] {mutant.name}", markup=True)


def _digest(mutant: Mutant) -> str:
    return sha256(f"{mutant.module}\n{mutant.source}".encode()).hexdigest()


def _kept() -> dict[str, dict[str, str]]:
    """What is known, by mutant; of one that was tried again the last."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else ()
    return {said["digest"]: said for said in map(json.loads, lines)}


def _report(modules: Sequence[str]) -> int:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for said in _kept().values():
        counts[said["module"]][said["outcome"]] += 1
    missed = 0
    for name, area in plan.AREAS.items():
        total: Counter[str] = Counter()
        for module in area.paths():
            if module in modules and counts[module]:
                total += counts[module]
                out.print(f"  {module:<52}{_score(counts[module])}")
        if total:
            missed += 100 * total[KILLED] < BAR * total.total()
            out.print(f"[bold]{name:<54}{_score(total)}[/]")
    return 1 if missed else 0


def _score(counts: Counter[str]) -> str:
    total = counts.total()
    return f"{counts[KILLED]:>5} of {total:>5} killed  {100 * counts[KILLED] / total:5.1f} %"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
