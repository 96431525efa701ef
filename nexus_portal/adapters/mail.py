"""Mails as text and HTML, sent to a mail server or written to files where there is none."""

import logging
import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.headerregistry import Address, Group
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from urllib.parse import unquote, urlsplit

from nexus_portal import settings
from nexus_portal.adapters import clock
from nexus_portal.domain.text import Message

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 20
KEPT = timedelta(days=7)
LONGEST_REFUSAL = 200
FINAL = 500
"""Answers from here on are the mail server's last word."""
PORTS = {"smtp": 587, "smtps": 465}
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person; `key` is the same each time it is tried.

    In the file of a mail to a card holder or an applicant the reader is `unnamed`, and called what it says:
    the address lies sealed elsewhere.
    """

    key: str
    to: str
    subject: str
    text: str
    language: str
    written_at: datetime
    unnamed: str = ""


class Refused(Exception):
    """The mail did not leave. `final`: trying again is no use; `down`: no mail would leave now."""

    def __init__(self, said: Message | str, *, final: bool = False, down: bool = False) -> None:
        super().__init__("the mail did not leave")
        self.said = "".join(sign if sign.isprintable() else " " for sign in str(said))[:LONGEST_REFUSAL]
        """A sentence of ours, or what the mail server said."""
        self.final = final
        self.down = down


def has_server() -> bool:
    """True when mails go to a mail server rather than into files."""
    return bool(settings.current().smtp_url)


def send(letter: Letter) -> None:
    """Hand a mail to the mail server.

    Raises:
        Refused: it was not taken.
    """
    message = _message(letter)
    try:
        with _connection() as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _answered(code, said) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise Refused(_words(error.smtp_code, error.smtp_error), down=True) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(Message("The mail server cannot send to such an address."), final=True) from error
    except (smtplib.SMTPException, OSError) as error:
        # Also a certificate that does not verify: the name of the error tells the operator.
        log.warning("the mail server does not answer: %s", type(error).__name__)
        raise Refused(Message("The mail server does not answer."), down=True) from error


def write(letter: Letter) -> None:
    """Write a mail to a file that its owner alone can read; again in its place if it was there.

    Raises:
        Refused: the file cannot be written.
    """
    folder = settings.current().mail_dir
    name = f"{letter.written_at:%Y%m%dT%H%M%S}-{letter.key}.eml"
    content = _message(letter).as_bytes(policy=policy.SMTPUTF8)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        part = folder / f".{name}.part"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.rename(folder / name)
    except OSError as error:
        log.warning("mails cannot be written to files: %s", type(error).__name__)
        raise Refused(Message("The mail cannot be written to a file."), down=True) from error


def forget_files() -> None:
    """Delete the files of mails that are older than a week."""
    before = (clock.now() - KEPT).timestamp()
    for file in settings.current().mail_dir.glob("*.eml*"):
        if file.stat().st_mtime < before:
            file.unlink(missing_ok=True)


def as_html(letter: Letter) -> str:
    """The same words as HTML: nothing to load, nothing that tells the sender that it was read."""
    paragraphs = "".join(
        f"<p>{_linked(part).replace(chr(10), '<br>')}</p>" for part in re.split(r"\n\s*\n", letter.text)
    )
    return (
        f'<!doctype html><html lang="{escape(letter.language)}"><head><meta charset="utf-8">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(letter.subject)}</title></head>'
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem">'
        f'<p style="font-weight:600">Nexus Portal</p>{paragraphs}</body></html>'
    )


def _linked(text: str) -> str:
    parts, end = list[str](), 0
    for found in _LINK.finditer(text):
        address = escape(found.group())
        parts += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _message(letter: Letter) -> EmailMessage:
    here = urlsplit(settings.current().base_url).hostname or "localhost"
    message = EmailMessage(policy=policy.SMTP)
    try:
        message["From"] = Address("Nexus Portal", addr_spec=settings.current().mail_from or f"portal@{here}")
        message["To"] = Group(letter.unnamed, ()) if letter.unnamed else Address(addr_spec=letter.to)
        # No line break of ours or of anybody's begins another header.
        message["Subject"] = " ".join(letter.subject.split())
    except (ValueError, LookupError, IndexError) as error:
        raise Refused(Message("This is no address that mail can be sent to."), final=True) from error
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.key}@{here}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    message.set_content(letter.text)
    message.add_alternative(as_html(letter), subtype="html")
    return message


def _connection() -> smtplib.SMTP:
    parts = urlsplit(settings.current().smtp_url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    here = urlsplit(settings.current().base_url).hostname
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, here, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    else:
        server = smtplib.SMTP(host, port, here, timeout=TIMEOUT_SECONDS)
    try:
        if parts.scheme == "smtp" and host not in settings.LOCAL_HOSTS:
            _encrypt(server)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _encrypt(server: smtplib.SMTP) -> None:
    server.ehlo()
    if not server.has_extn("starttls"):
        refusal = Message("The mail server offers no encryption (STARTTLS): nothing was sent.")
        raise Refused(refusal, down=True)
    server.starttls(context=ssl.create_default_context())


def _answered(code: int, said: bytes | str) -> Refused:
    return Refused(_words(code, said), final=code >= FINAL)


def _words(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
