"""One frozen settings object from `NEXUS_*` variables; wrong values are named before anything starts."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_BLEED = 5.0
HIGHEST_PORT = 65535
_PRINTER, _BLEED = re.compile(r"[^=;]{1,60}"), re.compile(r"\d(\.\d{1,2})?")
_SENDER = re.compile(r"[^@\s<>\",:;]+@[^@\s<>\",:;]+")


class SettingsError(Exception):
    """A setting is wrong; the text names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """How a printer wants its file: `bleed` in millimetres beyond every edge of the card."""

    name: str
    bleed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    """The file servers: where they listen, and how much they take."""

    on: bool = True
    """`serve` starts them too."""
    host: str = "127.0.0.1"
    sftp_port: int = 8022
    ftps_port: int = 8021
    passive_ports: tuple[int, int] = (50000, 50099)
    """The first and the last port that FTPS takes files on; a firewall must let them in."""
    public_host: str = ""
    """What customers connect to; the host of the base URL unless told."""
    passive_address: str = ""
    """The IPv4 address that FTPS tells its clients, where it is not the one they reached."""
    certificate_file: Path = Path("certificate.pem")
    certificate_key_file: Path = Path("certificate.key")
    host_key_file: Path = Path("ssh_host_ed25519_key")
    quota_mb: int = 5000
    """How much room the files of one account may take."""
    quiet_seconds: int = 60
    """How long a file must have been left alone to count as received, where it was not renamed into place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between installations."""

    data_dir: Path
    database_url: str
    keystore_url: str
    base_url: str
    redis_url: str
    master_key_file: Path
    ledger_file: Path
    """The ledger of erasures apart from the database, to be replayed over a backup that is restored."""
    demo: bool
    workers: int
    proxies: int = 0
    """How many proxies stand before the portal, each of which adds to `X-Forwarded-For`."""
    smtp_url: str = field(default="", repr=False)
    """The mail server with its password; nothing for files in `mail_dir` instead."""
    mail_from: str = ""
    printers: tuple[PrinterProfile, ...] = (PrinterProfile("Standard", 1.0),)
    key_copies_days: int = 7
    """After so many days no copy of the key store is left that was made before; 0 where none are made."""
    syslog_url: str = ""
    """Where the audit log is sent, such as `tls://logs.example.se:6514`; nothing for nowhere."""
    transfer: TransferSettings = TransferSettings()

    @property
    def blob_dir(self) -> Path:
        """Where encrypted photos and documents lie."""
        return self.data_dir / "blobs"

    @property
    def mail_dir(self) -> Path:
        """Where mails are written while there is no mail server."""
        return self.data_dir / "mail"

    @property
    def transfer_host(self) -> str:
        """What customers connect to for their files."""
        return self.transfer.public_host or urlsplit(self.base_url).hostname or "localhost"

    @property
    def local(self) -> bool:
        """True when people reach the portal on this machine only, the one case where http is allowed."""
        return urlsplit(self.base_url).hostname in LOCAL_HOSTS

    @property
    def secure(self) -> bool:
        """True when people reach the portal by https."""
        return self.base_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """`__Host-` demands https, which browsers do not have on a local demo."""
        return "__Host-sid" if self.secure else "sid"

    @property
    def known_cookie_name(self) -> str:
        """The cookie of a browser that somebody has signed in with before."""
        return "__Host-known" if self.secure else "known"


def read(env: Mapping[str, str]) -> Settings:
    """Settings from environment variables, all optional.

    Raises:
        SettingsError: a value cannot be used.
    """
    data_dir = Path(env.get("NEXUS_DATA_DIR", "data")).resolve()
    base_url = env.get("NEXUS_BASE_URL", "http://localhost:8000").rstrip("/")
    settings = Settings(
        data_dir=data_dir,
        database_url=env.get("NEXUS_DATABASE_URL", f"sqlite:///{data_dir / 'portal.db'}"),
        keystore_url=env.get("NEXUS_KEYSTORE_URL", f"sqlite:///{data_dir / 'keys' / 'keys.db'}"),
        base_url=base_url,
        redis_url=env.get("NEXUS_REDIS_URL", ""),
        master_key_file=Path(env.get("NEXUS_MASTER_KEY_FILE", str(data_dir / "keys" / "master.key"))),
        ledger_file=Path(env.get("NEXUS_LEDGER_FILE", str(data_dir / "ledger" / "erasures.jsonl"))),
        demo=_flag(env, "NEXUS_DEMO"),
        workers=_whole(env, "NEXUS_WORKERS", 1, least=1),
        proxies=_whole(env, "NEXUS_PROXIES", 0, least=0),
        smtp_url=env.get("NEXUS_SMTP_URL", "").strip(),
        mail_from=env.get("NEXUS_MAIL_FROM", "").strip(),
        printers=_printers(env.get("NEXUS_PRINTERS", "Standard=1.0")),
        key_copies_days=_whole(env, "NEXUS_KEY_COPIES_DAYS", 7, least=0),
        syslog_url=env.get("NEXUS_SYSLOG_URL", "").strip(),
        transfer=_transfer(env, data_dir / "transfer"),
    )
    _check(settings)
    _check_mail(settings)
    _check_syslog(settings)
    return settings


def _transfer(env: Mapping[str, str], folder: Path) -> TransferSettings:
    certificate = env.get("NEXUS_TRANSFER_CERTIFICATE_FILE", "")
    key = env.get("NEXUS_TRANSFER_CERTIFICATE_KEY_FILE", "")
    if bool(certificate) != bool(key):
        message = (
            "NEXUS_TRANSFER_CERTIFICATE_FILE and NEXUS_TRANSFER_CERTIFICATE_KEY_FILE: give both, or none."
        )
        raise SettingsError(message)
    return TransferSettings(
        on=_flag(env, "NEXUS_TRANSFER", "1"),
        host=env.get("NEXUS_TRANSFER_HOST", "127.0.0.1"),
        sftp_port=_port(env, "NEXUS_TRANSFER_SFTP_PORT", 8022),
        ftps_port=_port(env, "NEXUS_TRANSFER_FTPS_PORT", 8021),
        passive_ports=_passive(env.get("NEXUS_TRANSFER_PASSIVE_PORTS", "50000-50099")),
        public_host=env.get("NEXUS_TRANSFER_PUBLIC_HOST", ""),
        passive_address=_ipv4(env.get("NEXUS_TRANSFER_PASSIVE_ADDRESS", "")),
        certificate_file=Path(certificate or folder / "certificate.pem"),
        certificate_key_file=Path(key or folder / "certificate.key"),
        host_key_file=Path(env.get("NEXUS_TRANSFER_HOST_KEY_FILE", folder / "ssh_host_ed25519_key")),
        quota_mb=_whole(env, "NEXUS_TRANSFER_QUOTA_MB", 5000, least=1),
        quiet_seconds=_whole(env, "NEXUS_TRANSFER_QUIET_SECONDS", 60, least=1),
    )


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    port = _whole(env, name, default, least=1)
    if port > HIGHEST_PORT:
        message = f"{name}={port}: write a port from 1 to {HIGHEST_PORT}."
        raise SettingsError(message)
    return port


def _ipv4(text: str) -> str:
    try:
        return str(IPv4Address(text)) if text else ""
    except ValueError:
        message = f"NEXUS_TRANSFER_PASSIVE_ADDRESS={text!r}: write an IPv4 address, which FTP's clients need."
        raise SettingsError(message) from None


def _passive(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    ports = [int(port) for port in (first, last) if port.isdecimal()]
    if len(ports) != 2 or not 1024 <= ports[0] <= ports[1] <= HIGHEST_PORT:  # noqa: PLR2004 - two ends; free ports
        message = (
            f"NEXUS_TRANSFER_PASSIVE_PORTS={text!r}: write the first and the last port, like 50000-50099."
        )
        raise SettingsError(message)
    return ports[0], ports[1]


def _flag(env: Mapping[str, str], name: str, default: str = "0") -> bool:
    value = env.get(name, default).strip().lower()
    if value not in {"0", "1", "true", "false", "yes", "no", ""}:
        message = f"{name}={value!r}: write 1 or 0."
        raise SettingsError(message)
    return value in {"1", "true", "yes"}


def _whole(env: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        message = f"{name}={value!r}: write a whole number from {least}."
        raise SettingsError(message)
    return int(value)


def _printers(text: str) -> tuple[PrinterProfile, ...]:
    found: list[PrinterProfile] = []
    for each in filter(None, map(str.strip, text.split(";"))):
        name, _, bleed = (part.strip() for part in each.rpartition("="))
        if not _PRINTER.fullmatch(name) or not _BLEED.fullmatch(bleed) or float(bleed) > MOST_BLEED:
            message = f"NEXUS_PRINTERS: {each!r} is no name with 0 to {MOST_BLEED:g} mm, like Retransfer=1.5."
            raise SettingsError(message)
        found.append(PrinterProfile(name, float(bleed)))
    if not found or len({each.name for each in found}) < len(found):
        message = "NEXUS_PRINTERS: name at least one printer, and each once."
        raise SettingsError(message)
    return tuple(found)


def _check(settings: Settings) -> None:
    parts = urlsplit(settings.base_url)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path
        or parts.query
        or "*" in parts.netloc
    ):
        message = f"NEXUS_BASE_URL={settings.base_url!r}: write scheme and host only, such as https://portal.example.se."
        raise SettingsError(message)
    if settings.workers > 1 and not settings.redis_url:
        message = f"NEXUS_WORKERS={settings.workers}: several workers need NEXUS_REDIS_URL."
        raise SettingsError(message)
    for name, url in (
        ("NEXUS_DATABASE_URL", settings.database_url),
        ("NEXUS_KEYSTORE_URL", settings.keystore_url),
    ):
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            message = f"{name}: starts with sqlite:/// or postgresql+psycopg://."
            raise SettingsError(message)
    if settings.database_url == settings.keystore_url:
        message = (
            "NEXUS_KEYSTORE_URL must not be the database: a backup of one would hold the keys to the other."
        )
        raise SettingsError(message)


def _check_mail(settings: Settings) -> None:
    # The value holds a password, so no message repeats it.
    if not settings.smtp_url:
        return
    try:
        parts = urlsplit(settings.smtp_url)
        usable = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        message = "NEXUS_SMTP_URL: write smtp://user:password@host:587 or smtps://user:password@host:465."
        raise SettingsError(message)
    if not _SENDER.fullmatch(settings.mail_from):
        message = f"NEXUS_MAIL_FROM={settings.mail_from!r}: a mail server needs an address to send from."
        raise SettingsError(message)


def _check_syslog(settings: Settings) -> None:
    if not settings.syslog_url:
        return
    try:
        parts = urlsplit(settings.syslog_url)
        usable = parts.scheme in {"udp", "tcp", "tls"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        message = f"NEXUS_SYSLOG_URL={settings.syslog_url!r}: write udp://, tcp:// or tls://, host and port."
        raise SettingsError(message)


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process, read once."""
    return read(os.environ)
