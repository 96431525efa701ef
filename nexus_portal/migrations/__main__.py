"""Write a revision from the models.

`python -m nexus_portal.migrations "What changes"` writes the next one: what the models say beyond the newest.
Read it before committing it: what cannot be compared (triggers, policies, moving data) is written by hand.
`python -m nexus_portal.migrations --first` writes 0001 anew, which only makes sense until the first release.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from nexus_portal import models as _models  # noqa: F401 - importing them fills the metadata
from nexus_portal.adapters import schema
from nexus_portal.migrations.rendering import render_item

VERSIONS = Path(__file__).parent / "versions"
FIRST = "The tables of the first release"
REVISION = '''"""{title}."""
# ruff: noqa: PLR0915 - a revision is as long as its change

import sqlalchemy as sa
from alembic import op

revision: str = {number!r}
down_revision: str | None = {before!r}


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
{body}
'''


def main() -> None:
    """Write the file and give it the house's format."""
    words = " ".join(sys.argv[1:])
    if words == "--first":
        path = _write(FIRST, 1, changes(migrated=False))
    elif words and not words.startswith("-"):
        path = _write(words, len(schema.revisions()) + 1, changes(migrated=True))
    else:
        sys.exit(__doc__)
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "format", "--quiet", str(path)], check=True)  # noqa: S603 - our own file
    subprocess.run([*ruff, "check", "--quiet", "--fix", str(path)], check=True)  # noqa: S603 - as above
    sys.stdout.write(f"{path}\n")


def changes(*, migrated: bool) -> str:
    """What it takes to bring an empty database, or one at the newest revision, to what the models say."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/compared.db"
        if migrated:
            schema.upgrade(url)
        engine = create_engine(url)
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found = produce_migrations(context, SQLModel.metadata).upgrade_ops
        engine.dispose()
    return render_python_code(found, render_item=render_item) if found else "    pass"


def _write(title: str, number: int, body: str) -> Path:
    name = re.sub(r"\W+", "_", title.lower()).strip("_")
    path = VERSIONS / f"{number:04}_{name}.py"
    body = re.sub(r"\n? *# ### .* ###", "", body).strip("\n")
    before = f"{number - 1:04}" if number > 1 else None
    path.write_text(REVISION.format(title=title, number=f"{number:04}", before=before, body=body))
    return path


if __name__ == "__main__":
    main()
