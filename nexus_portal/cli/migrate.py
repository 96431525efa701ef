"""`nexus-portal migrate`: bring keys and database to what this release needs."""

from nexus_portal.cli.terminal import AsJson, out, write_json
from nexus_portal.services import installation


def migrate(*, as_json: AsJson = False) -> None:
    """Make the master key, the key store and the database, or bring an older database forward."""
    applied = installation.prepare()
    if as_json:
        write_json({"applied": applied, "revision": installation.revision()})
    elif applied:
        out.print(f"[green]✓[/] The database is at revision {applied[-1]}: {len(applied)} steps.")
    else:
        out.print(f"[green]✓[/] The database was at revision {installation.revision()} already.")
