"""`nexus-portal keys`: whether records and keys fit each other, and new keys for accounts."""

from dataclasses import asdict
from typing import Annotated

import typer

from nexus_portal.adapters import key_rotation, keystore
from nexus_portal.cli.terminal import AsJson, Exit, complain, out, steps, write_json
from nexus_portal.services import master_key, vault_care, vault_proof
from nexus_portal.services.vault_care import VaultReport

app = typer.Typer(help="The key store.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The key store."""


@app.command()
def check(
    *,
    tidy: Annotated[bool, typer.Option("--tidy", help="Remove keys and files that no record knows.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Compare only, open nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open all that is sealed, and see that nothing erased opens. Exit code 1: something does not fit."""
    with steps() as step:
        proof = None if quick else vault_proof.prove(step)
    report = vault_care.check(tidy=tidy, proof=proof)
    if as_json:
        write_json(asdict(report))
    else:
        _tell(report, tidy=tidy)
    if not report.whole:
        raise typer.Exit(Exit.REFUSED)


@app.command()
def rotate() -> None:
    """Give every account a new key and wrap all data keys anew. The portal may run meanwhile."""
    wrapped = key_rotation.rotate(keystore.current())
    out.print(f"[green]✓[/] {wrapped} data keys are wrapped by new keys of their accounts.")


@app.command("rotate-master")
def rotate_master(*, as_json: AsJson = False) -> None:
    """Replace the master key; the portal may run meanwhile. What was interrupted is carried on.

    Older copies of the key store need the former key. Whoever may have seen that: rotate the accounts' too.
    """
    with steps() as step:
        done = master_key.rotate(tell=lambda count: step("sealing anew", count, 0))
    if as_json:
        write_json(asdict(done))
        return
    out.print(f"[green]✓[/] {done.renewed} values are sealed by the new master key {done.master_key}.")
    out.print("  Keep a sealed copy of it elsewhere, and the former one until the last copy of the key store")
    out.print("  that it opens is gone. Take a new backup of both now.")


def _tell(report: VaultReport, *, tidy: bool) -> None:
    held = f"{report.records} records, {report.photos} photos, {report.files} files"
    held += f", {report.applications} applications"
    out.print(f"{held}, {report.tombstones} erased for ever.")
    if report.stray_keys or report.stray_files:
        done = "removed" if tidy else "left by interrupted work; `--tidy` removes them"
        out.print(f"{report.stray_keys} keys and {report.stray_files} files that no record knows: {done}.")
    for record_id in report.unreadable:
        complain(f"Record {record_id} has no key: bring the right key store back.")
    if report.lost_files:
        complain(f"{report.lost_files} files of photos are missing: bring them back from a backup.")
    for record_id in report.broken:
        complain(f"Record {record_id} does not open under its key: it was changed, or is another one's.")
    for record_id in report.readable_again:
        complain(f"Record {record_id} was erased and is here again: run `nexus-portal restore --replay`.")
    if report.opened:
        out.print(f"{report.opened} records, files and applications opened, with their photos.")
    if report.whole:
        out.print("[green]✓[/] Records, keys and files fit each other.")
