"""The `nexus-portal` command: one module per command, put together here."""

import logging
import os

import typer

from nexus_portal.cli import (
    audit,
    backup,
    bureau,
    certificate,
    demo,
    doctor,
    drill,
    keys,
    migrate,
    restore,
    retention,
    serve,
    transfer,
    user,
)
from nexus_portal.cli.terminal import Exit, complain
from nexus_portal.domain.errors import PortalError, Unavailable
from nexus_portal.settings import SettingsError

app = typer.Typer(
    name="nexus-portal",
    help="Order ID cards, follow their production, decide over the personal data on them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # it would show values of persons from local variables
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve.serve)
app.command()(migrate.migrate)
app.command()(demo.demo)
app.command()(doctor.doctor)
app.command()(backup.backup)
app.command()(restore.restore)
app.add_typer(bureau.app, name="bureau")
app.add_typer(user.app, name="user")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(retention.app, name="retention")
app.add_typer(certificate.app, name="certificate")
app.add_typer(drill.app, name="drill")
app.add_typer(transfer.app, name="transfer")


def main() -> None:
    """Run the command; refusals become a sentence and an exit code, never a traceback."""
    os.umask(0o077)  # what the portal writes is its own
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except SettingsError as error:
        complain(str(error))
        raise SystemExit(Exit.SETTINGS) from None
    except Unavailable as error:
        complain(str(error.message))
        raise SystemExit(Exit.UNAVAILABLE) from None
    except PortalError as error:
        complain(str(error.message))
        raise SystemExit(Exit.REFUSED) from None
