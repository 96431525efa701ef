"""`nexus-portal doctor`: look at everything the portal needs, and say what to do."""

import os
from dataclasses import asdict

import typer

from nexus_portal import settings
from nexus_portal.cli import frontend
from nexus_portal.cli.terminal import AsJson, Exit, out, write_json
from nexus_portal.services import readiness
from nexus_portal.services.readiness import Finding, Weight

_SIGN = {Weight.FINE: "[green]✓[/]", Weight.WARNING: "[yellow]![/]", Weight.STOP: "[red]✗[/]"}


def doctor(*, as_json: AsJson = False) -> None:
    """Check settings, keys, database and front end. Exit code 3 when the portal would refuse to start."""
    found = [_data_dir(), *readiness.findings(), _node(), _front_end()]
    if as_json:
        write_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            out.print(f"{_SIGN[finding.weight]} {finding.text} {finding.remedy}".rstrip(), soft_wrap=True)
    if any(readiness.stops(found)):
        raise typer.Exit(Exit.SETTINGS)


def _data_dir() -> Finding:
    folder = settings.current().data_dir
    if not folder.exists():
        return Finding("data", Weight.STOP, f"{folder} does not exist.", "Run `nexus-portal migrate`.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data", Weight.STOP, f"{folder} is not writable.", "Give it to the portal's user.")
    return Finding("data", Weight.FINE, f"Data lies in {folder}.")


def _node() -> Finding:
    version, needed = frontend.node_version(), ".".join(map(str, frontend.OLDEST_NODE))
    if version is None:
        return Finding("node", Weight.WARNING, "There is no Node to build with.", "Run `make install`.")
    told = ".".join(map(str, version))
    if version < frontend.OLDEST_NODE:
        return Finding("node", Weight.WARNING, f"Node {told} is older than {needed}.", "Run `make install`.")
    return Finding("node", Weight.FINE, f"Node {told} builds the front end.")


def _front_end() -> Finding:
    if frontend.is_built():
        return Finding("front end", Weight.FINE, "The front end is built from what lies here.")
    waiting = "The front end is not built, or something has changed since."
    return Finding("front end", Weight.WARNING, waiting, "`nexus-portal serve` builds it.")
