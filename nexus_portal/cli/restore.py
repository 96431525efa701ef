"""`nexus-portal restore`: an installation from a backup, with all erased again that was erased since."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nexus_portal.cli.terminal import AsJson, out, refuse, steps, write_json
from nexus_portal.services import restores
from nexus_portal.services.ledger_replay import Replayed


def restore(
    folder: Annotated[Path | None, typer.Argument(help="One backup: a folder `portal-…`.")] = None,
    *,
    keys: Annotated[
        Path | None, typer.Option(help="A copy of the key store, `keys-…`; else the one that is here stays.")
    ] = None,
    ledger: Annotated[
        Path | None, typer.Option(help="A newer ledger of erasures than this installation has.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the database that is here.")] = False,
    ledger_lost: Annotated[
        bool, typer.Option("--ledger-lost", help="Nobody knows what was erased after the backup.")
    ] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Only replay the ledger over what is here.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back and replay the ledger over it. End the portal first; it serves again afterwards.

    A restoring that was interrupted is begun again by the same command.
    """
    if replay == (folder is not None):
        refuse("Name the backup to restore, or say --replay.")
    if folder is None:
        _tell(restores.replay(), as_json=as_json)
        return
    with steps() as step:
        done = restores.restore(
            folder, keys=keys, ledger=ledger, force=force, ledger_lost=ledger_lost, step=step
        )
    if not as_json:
        out.print(f"[green]✓[/] The backup {done.backup} of {done.made_at} is in place.", soft_wrap=True)
        _tell(done.replayed, as_json=False)
        out.print("  `nexus-portal keys check` proves that everything else opens.")
        return
    write_json(asdict(done))


def _tell(done: Replayed, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(done))
        return
    out.print(
        f"[green]✓[/] The ledger was replayed: {done.erasures} erasures,"
        f" {done.records} records and {done.keys} keys erased again.",
        soft_wrap=True,
    )
