"""`nexus-portal certificate`: check certificates of erasure, offline."""

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nexus_portal.adapters import signing
from nexus_portal.cli.terminal import AsJson, complain, out, write_json
from nexus_portal.domain.errors import Invalid
from nexus_portal.services import certificates

INVALID, UNREADABLE = 1, 2

app = typer.Typer(help="Certificates of erasure.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Certificates of erasure."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The certificate as JSON.")],
    public_key: Annotated[
        Path | None, typer.Option(help="The public key in PEM; else the one of this installation.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check the signature of a certificate. Exit code 0: genuine, 1: not, 2: it cannot be read."""
    pem = _read(public_key or signing.public_key_file(), "public key")
    try:
        certificate = certificates.read(json.loads(_read(file, "certificate")))
        why = certificates.why_invalid(certificate, pem)
    except Invalid as error:
        _unreadable(f"{file}: {error.message}")
    except ValueError:  # the JSON, its encoding, or the PEM
        _unreadable("The certificate is not JSON, or the public key is not a key in PEM.")
    if as_json:
        write_json({"genuine": why is None, "why": str(why or ""), "certificate": certificate})
    elif why is None:
        _tell(certificate)
    else:
        complain(f"{file}: {why}")
    raise typer.Exit(0 if why is None else INVALID)


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _unreadable(f"The {what} {path} cannot be read: {error.strerror}.")


def _unreadable(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(UNREADABLE)


def _tell(certificate: dict[str, Any]) -> None:
    erased = certificate["erased"]
    out.print(
        f"[green]✓[/] Genuine: certificate {certificates.number_of(certificate)}, "
        f"signed by key {certificate['key']}.",
        soft_wrap=True,
    )
    out.print(
        f"  Order {certificate['order']} of {certificate['account']['name']}: {erased['persons']} persons, "
        f"{erased['photos']} photos, erased on {certificate['at']}.",
        soft_wrap=True,
    )
