"""A thousand races of erasing against each of its rivals, on SQLite and on PostgreSQL: who won how often.

`python -m benchmarks.races [rounds] [rival …]`; exit code 1 where anything was mixed.
"""

import sys
from collections.abc import Mapping, Sequence

from benchmarks import databases
from benchmarks.databases import Place
from benchmarks.figures import out

ROUNDS = 1000


def main(rounds: int = ROUNDS, only: Sequence[str] = ()) -> int:
    """Run all of them, or those asked for; how many rivals left something mixed."""
    wrong = 0
    kinds = [False, True] if databases.has_postgresql() else [False]
    for rival in only or rivals():
        for postgresql in kinds:
            with databases.scratch(postgresql=postgresql) as place:
                try:
                    won = databases.apart(race, place, rival, rounds)
                except AssertionError as mixed:
                    wrong += 1
                    out.print(f"[red]x[/] {place.kind}: erase against {rival}: {mixed}")
                    continue
                told = ", ".join(f"{who} {times}" for who, times in sorted(won.items()))
                out.print(f"[green]ok[/] {place.kind}: erase against {rival}, {rounds} rounds: {told}")
    return wrong


def rivals() -> tuple[str, ...]:
    """Whom erasing races."""
    # What tests are made of is not there where only the portal is installed.
    from tests import races  # noqa: PLC0415 - see above

    return races.RIVALS


def race(place: Place, rival: str, rounds: int) -> Mapping[str, int]:
    """So many rounds in a fresh installation."""
    from nexus_portal import settings  # noqa: PLC0415 - the place has to be chosen first
    from nexus_portal.adapters import db, schema, sealing  # noqa: PLC0415 - the same
    from nexus_portal.adapters.db import Database  # noqa: PLC0415 - the same
    from tests import races  # noqa: PLC0415 - the same
    from tests.world import World  # noqa: PLC0415 - the same

    place.use()
    settings.current().data_dir.mkdir(parents=True, exist_ok=True)
    sealing.ensure()
    schema.upgrade(settings.current().database_url)
    database = Database(settings.current().database_url)
    db.use(database)
    return dict(races.run(World(database), rival, rounds=rounds))


if __name__ == "__main__":
    rounds, *only = sys.argv[1:] or [str(ROUNDS)]
    raise SystemExit(1 if main(int(rounds), only) else 0)
