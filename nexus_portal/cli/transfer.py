"""`nexus-portal transfer`: the file servers, SFTP and FTPS."""

import os
from typing import Annotated

import typer

from nexus_portal import settings
from nexus_portal.adapters import events, keystore, news_socket, restoring
from nexus_portal.cli.terminal import out
from nexus_portal.transfer import run

app = typer.Typer(help="The file servers of customers.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The file servers of customers."""


@app.command()
def serve(
    *,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the process that started this one ends.")
    ] = False,
) -> None:
    """Serve SFTP and FTPS where `NEXUS_TRANSFER_*` says. Missing keys are made at the first start."""
    keystore.prepare()
    now, wanted = settings.current(), settings.current().transfer
    if now.redis_url:
        events.connect(now.redis_url)
    else:
        news_socket.pass_on(now.data_dir)
    with restoring.serve():
        run.serve(wanted, ready=_say_ready, parent=os.getppid() if with_parent else None)


def _say_ready() -> None:
    wanted, host = settings.current().transfer, settings.current().transfer_host
    out.print(f"[green]✓[/] Files: sftp port {wanted.sftp_port}, FTPS port {wanted.ftps_port} of {host}")
    out.file.flush()
