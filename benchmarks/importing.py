"""Ten thousand persons with their photos, from a customer's files to a draft with every row ready.

Run by itself: `python -m benchmarks.importing [ROWS]`. The files are made first, by another process, and
sealed piece by piece as an upload is; what is timed is taking them in and reading them, with no page open.
"""

import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from stdnum import luhn

from benchmarks.figures import Figure, summary

ROWS = 10_000
SECONDS, MEGABYTES = 120, 400
PORTRAITS = 24
"""Different ones; every file still has noise of its own, or the disk would have nothing to do."""
SIZE = (600, 800)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What an import cost: seconds by the clock, seconds of processor time, and megabytes at the most."""

    rows: int
    ready: int
    taken_in: float
    wall: float
    processor: float
    peak: float
    archive: float


def importing(rows: int = ROWS) -> Measured:
    """Import so many rows with a photo each, in a process and an installation of their own."""
    with tempfile.TemporaryDirectory(prefix="nexus-importing-") as folder:
        environment = os.environ | {"NEXUS_DATA_DIR": f"{folder}/data"}
        for act in ("make", "read"):
            command = [sys.executable, "-m", "benchmarks.importing", act, folder, str(rows)]
            done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
        return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _make(folder: Path, rows: int) -> None:
    from nexus_portal.demo.portraits import portrait  # noqa: PLC0415 - the reading process needs none of it

    dice = random.Random(10)
    faces = [Image.open(io.BytesIO(portrait(dice))).resize(SIZE) for _ in range(PORTRAITS)]
    numbers = [_number(index) for index in range(rows)]
    with zipfile.ZipFile(folder / "photos.zip", "w", zipfile.ZIP_STORED) as archive:
        for index, number in enumerate(numbers):
            noise = Image.effect_noise(SIZE, 28).convert("RGB")
            file = io.BytesIO()
            Image.blend(faces[index % PORTRAITS], noise, 0.25).save(file, "JPEG", quality=80)
            archive.writestr(f"{number}.jpg", file.getvalue())
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow(["Namn", "Personnummer", "Foto"])
        writer.writerows([f"Person Nr{n}", n, f"{n}.jpg"] for n in numbers)


def _read(folder: Path, rows: int) -> None:
    # The portal is imported only where it is measured: the process that makes the files needs none of it.
    from nexus_portal.adapters import sealed_files  # noqa: PLC0415 - see above
    from nexus_portal.services import drafts, import_reading, import_run  # noqa: PLC0415 - see above
    from nexus_portal.services.use_case import perform  # noqa: PLC0415 - see above

    actor, layout_id = _installation()
    files = {}
    for name, source in (("spreadsheet", "list.csv"), ("photos", "photos.zip")):
        writer = sealed_files.Writer()
        with (folder / source).open("rb") as file:
            while piece := file.read(64 * 1024):
                writer.write(piece)
        files[name] = writer.finish()
    began, spent = time.perf_counter(), time.process_time()
    sent = import_run.Sent(layout_id=layout_id, files=files, key="benchmark")
    number = import_run.accept(actor, sent=sent)
    taken_in = time.perf_counter() - began
    import_reading.read_due()
    wall, processor = time.perf_counter() - began, time.process_time() - spent
    view = perform(drafts.draft, actor, number=number)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    archive = (folder / "photos.zip").stat().st_size / MEGABYTE
    figures = (rows, view.ready, taken_in, wall, processor, peak, archive)
    print(json.dumps(dict(zip(Measured.__slots__, figures, strict=True))))


def _installation():  # noqa: ANN202 - an actor and the id of a layout
    # Imported here for the reason given in `_read`.
    from nexus_portal import settings  # noqa: PLC0415 - see above
    from nexus_portal.adapters import db, schema, sealing  # noqa: PLC0415 - see above
    from nexus_portal.adapters.db import Database  # noqa: PLC0415 - see above
    from nexus_portal.domain.permissions import Role  # noqa: PLC0415 - see above
    from tests.world import World  # noqa: PLC0415 - see above

    settings.current().data_dir.mkdir(parents=True)
    sealing.ensure()
    schema.upgrade(settings.current().database_url)
    database = Database(settings.current().database_url)
    db.use(database)
    world = World(database)
    account = world.account()
    return world.person(Role.ORDERER, account), world.layout(account).id


def _number(index: int) -> str:
    born = date(1950, 1, 1) + timedelta(days=index % 18_000)
    nine = f"{born:%y%m%d}{100 + index % 900:03}"
    return f"{born:%Y}"[:2] + nine + luhn.calc_check_digit(nine)


def figures(rows: int = ROWS) -> list[Figure]:
    """Seconds by the clock, and megabytes at the most."""
    measured = importing(rows)
    name, unread = f"import of {rows:,} rows with photos", rows - measured.ready
    spent = f"{measured.processor:.0f} s of processor time, answered after {measured.taken_in:.1f} s"
    return [
        Figure(name, measured.wall, SECONDS, "s", beside=spent).tell(),
        Figure(f"{name}: memory", measured.peak, MEGABYTES, "MB").tell(),
        Figure(f"{name}: rows not ready", unread, 0, "").tell(),
    ]


def main() -> None:
    """Measure and tell; exit code 1 where a bar is missed."""
    match sys.argv[1:]:
        case ["make", folder, rows]:
            _make(Path(folder), int(rows))
        case ["read", folder, rows]:
            _read(Path(folder), int(rows))
        case given:
            raise SystemExit(summary(figures(int(given[0]) if given else ROWS)))


if __name__ == "__main__":
    main()
