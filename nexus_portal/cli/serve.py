"""`nexus-portal serve`: check, finish what was begun, build if needed, then become the server."""

import os
import socket
import subprocess
import sys
from typing import Annotated

import typer

from nexus_portal import settings
from nexus_portal.cli import frontend
from nexus_portal.cli.terminal import Exit, complain, err, out, refuse
from nexus_portal.services import agreement_offers, erasure_steps, readiness
from nexus_portal.services.readiness import Weight

APP = "nexus_portal.nexus_portal:app"


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of pages and events alike.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; a proxy on this machine needs no other.")
    ] = "127.0.0.1",
) -> None:
    """Serve the portal in production mode: pages, events and downloads on one port.

    Refuses to start where people would be served unsafely, and says why. Builds the front end when something
    that it is made of has changed.
    """
    os.environ.setdefault("NEXUS_BASE_URL", f"http://localhost:{port}")
    settings.current.cache_clear()
    _insist(host)
    resumed = erasure_steps.resume_all()
    if resumed:
        out.print(f"{resumed} removals of personal data that were interrupted are done now.")
    agreement_offers.offer_newest()
    _build()
    if _is_taken(host, port):
        refuse(f"Port {port} is taken: end what listens there, or choose another by --port.")
    out.print(f"[green]✓[/] Serving {settings.current().base_url} — Ctrl-C ends it.")
    _start_transfer()
    out.file.flush()
    _become_server(host, port)


def _insist(host: str) -> None:
    found = readiness.findings(host=host)
    for finding in found:
        if finding.weight is Weight.WARNING:
            err.print(f"[yellow]![/] {finding.text} {finding.remedy}", soft_wrap=True)
    refusals = list(readiness.stops(found))
    for finding in refusals:
        complain(f"{finding.text} {finding.remedy}")
    if refusals:
        raise typer.Exit(Exit.SETTINGS)


def _build() -> None:
    if frontend.is_built():
        return
    out.print("Building the front end; this takes a minute the first time.")
    if not frontend.build():
        refuse(
            "The front end could not be built; the lines above say why. `nexus-portal doctor` may know more."
        )


def _start_transfer() -> None:
    """Start the file servers, which end with this process. Where a port is taken, say so and go on."""
    wanted = settings.current().transfer
    if not wanted.on:
        return
    for name, port in (("SFTP", wanted.sftp_port), ("FTPS", wanted.ftps_port)):
        if _is_taken(wanted.host, port):
            complain(f"Port {port} for {name} is taken: the file server is not started.")
            return
    command = [sys.executable, "-m", "nexus_portal.cli", "transfer", "serve", "--with-parent"]
    environment = os.environ | {"NEXUS_DATA_DIR": str(settings.current().data_dir)}
    subprocess.Popen(command, env=environment)  # noqa: S603 - our own command


def _is_taken(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _become_server(host: str, port: int) -> None:
    """Replace this process by the server, so that the signals of a supervisor reach it."""
    environment = frontend.environment() | {
        # What `reflex run --env prod --single-port` sets once its build is done.
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    }
    os.chdir(frontend.ROOT)
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
    command += ["--host", host, "--port", str(port), "--workers", str(settings.current().workers)]
    command += ["--log-level", "warning", "--respawn-failed-workers", "--workers-kill-timeout", "10", APP]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own command
