"""`nexus-portal backup`: database, files and ledger into one folder, the key store into another."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nexus_portal import settings
from nexus_portal.cli.terminal import AsJson, out, steps, write_json
from nexus_portal.services import backups


def backup(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept, each in a folder of its own.")],
    *,
    keys: Annotated[
        Path | None, typer.Option(help="Also copy the key store, to this place apart from the backup.")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many backups stay.")] = backups.KEEP,
    keep_keys_days: Annotated[
        int,
        typer.Option(min=1, help="How long a copy of the key store stays: until then it opens the erased."),
    ] = backups.KEEP_KEYS_DAYS,
    as_json: AsJson = False,
) -> None:
    """Back up while the portal serves. The master key is never in it: keep a sealed copy elsewhere."""
    with steps() as step:
        made = backups.take(folder, keys=keys, keep=keep, keep_keys_days=keep_keys_days, step=step)
    if as_json:
        write_json({**asdict(made), "master_key": None})
        return
    out.print(f"[green]✓[/] {made.folder}: database, {made.files} files, {made.ledger.count} ledger entries.")
    if made.keys:
        out.print(f"[green]✓[/] {made.keys}: the key store, for {keep_keys_days} days.", soft_wrap=True)
    else:
        out.print("  The key store is not in it; --keys copies it to a place apart.")
    out.print(f"  The master key {settings.current().master_key_file} is in neither.", soft_wrap=True)
