"""Mails: their headers and words, the mail server, the files; and the settings that choose between them."""

import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from nexus_portal import settings
from nexus_portal.adapters import clock as real_clock
from nexus_portal.adapters import mail
from nexus_portal.adapters.mail import Letter, Refused
from nexus_portal.settings import SettingsError
from tests.smtp import Post, post_office
from tests.world import NOON

LETTER = Letter(
    key="0190",
    to="maja@x.example",
    subject="En länk",
    text="Öppna <den>:\n\n<här> http://localhost:8000/assets/reset/#a_b-c",
    language="sv",
    written_at=NOON,
)
Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Choose the mail server."""

    def choose(url: str) -> None:
        monkeypatch.setenv("NEXUS_SMTP_URL", url)
        monkeypatch.setenv("NEXUS_MAIL_FROM", "portal@bureau.example")
        settings.current.cache_clear()

    return choose


@pytest.fixture
def post(use: Use) -> Iterator[Post]:
    """A mail server that takes everything."""
    with post_office() as office:
        use(f"smtp://127.0.0.1:{office.port}")
        yield office


def test_server_gets_text_and_html_with_the_headers_of_automatic_mail(post: Post) -> None:
    mail.send(LETTER)

    (raw,) = post.mails
    sent = message_from_bytes(raw, policy=policy.default)
    assert (sent["To"], sent["Subject"]) == ("maja@x.example", "En länk")
    assert sent["From"] == "Nexus Portal <portal@bureau.example>"
    assert sent["Message-ID"] == "<0190@localhost>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"].datetime == NOON
    text, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().split() == LETTER.text.split()
    shown = html.get_content()
    assert '<html lang="sv">' in shown
    assert "&lt;den&gt;" in shown
    assert "&lt;här&gt; <a" in shown
    link = "http://localhost:8000/assets/reset/#a_b-c"
    assert f'<a href="{link}">{link}</a>' in shown


def test_nothing_in_a_subject_begins_another_header(post: Post) -> None:
    mail.send(replace(LETTER, subject="Hello\r\nBcc: all@x.example\n\nbody"))

    sent = message_from_bytes(post.mails[0], policy=policy.default)
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Hello Bcc: all@x.example body"


@pytest.mark.parametrize("address", ["a@x.se\r\nBcc: b@x.se", "nobody", "", "a@x.se, b@x.se"])
def test_no_mail_goes_to_what_is_no_address(post: Post, address: str) -> None:
    with pytest.raises(Refused) as refused:
        mail.send(replace(LETTER, to=address))
    assert refused.value.final
    assert post.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "final"),
    [
        ("RCPT", "450 4.2.0 later", False),
        ("RCPT", "550 5.1.1 no such person", True),
        ("MESSAGE", "451 4.3.0 later", False),
        ("MESSAGE", "554 5.7.1 spam", True),
        ("MAIL", "553 not yours", True),
    ],
)
def test_what_the_server_says_is_kept(use: Use, command: str, answer: str, *, final: bool) -> None:
    with post_office(**{command: answer}) as office:
        use(f"smtp://127.0.0.1:{office.port}")
        with pytest.raises(Refused) as refused:
            mail.send(LETTER)
    assert (refused.value.said, refused.value.final, refused.value.down) == (answer, final, False)


def test_server_that_is_down_stops_the_round(use: Use) -> None:
    with post_office() as office:
        port = office.port
    use(f"smtp://127.0.0.1:{port}")

    with pytest.raises(Refused) as refused:
        mail.send(LETTER)
    assert refused.value.down
    assert not refused.value.final


def test_nothing_is_sent_in_clear_to_another_machine(
    post: Post, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(f"smtp://bureau:secret@127.0.0.1:{post.port}")
    monkeypatch.setattr(settings, "LOCAL_HOSTS", frozenset({"localhost"}))

    with pytest.raises(Refused, match="did not leave") as refused:
        mail.send(LETTER)

    assert "STARTTLS" in refused.value.said
    assert post.mails == []
    assert not [line for line in post.said if line.startswith(("AUTH", "MAIL"))]


def test_server_whose_certificate_does_not_verify_gets_nothing(post: Post, use: Use) -> None:
    use(f"smtps://127.0.0.1:{post.port}")

    with pytest.raises(Refused) as refused:
        mail.send(LETTER)
    assert refused.value.down
    assert post.mails == []


def test_without_a_server_mails_are_files_for_their_owner_alone(installation: Path) -> None:
    mail.write(LETTER)
    mail.write(LETTER)

    (file,) = (installation / "mail").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == LETTER.to


def test_files_are_forgotten_after_a_week(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = real_clock.now()
    mail.write(LETTER)
    for days, left in ((6, 1), (8, 0)):
        monkeypatch.setattr(real_clock, "now", lambda days=days: now + timedelta(days=days))
        mail.forget_files()
        assert len(list((installation / "mail").iterdir())) == left


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://mail.example", "a@x.se"),
        ("smtp://", "a@x.se"),
        ("smtp://host:port", "a@x.se"),
        ("smtps://u:secret@host", ""),
        ("smtps://u:secret@host", "a@x.se\nBcc: b@x.se"),
    ],
)
def test_settings_of_mail_are_checked_and_never_repeat_the_password(url: str, sender: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read({"NEXUS_SMTP_URL": url, "NEXUS_MAIL_FROM": sender})
    assert "secret" not in str(refused.value)


def test_password_of_the_server_is_not_shown() -> None:
    env = {"NEXUS_SMTP_URL": "smtps://u:secret@host", "NEXUS_MAIL_FROM": "a@x.se"}
    assert "secret" not in repr(settings.read(env))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a server called localhost, which nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = real_clock.now()
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("trusted", [True, False])
def test_another_machine_gets_mails_encrypted_if_its_certificate_verifies(
    use: Use, certificate: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    monkeypatch.setattr(settings, "LOCAL_HOSTS", frozenset[str]())
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post_office(tls=tls) as office:
        use(f"smtp://bureau:p%40ss@localhost:{office.port}")
        if trusted:
            mail.send(LETTER)
        else:
            with pytest.raises(Refused):
                mail.send(LETTER)

    login = "AUTH PLAIN " + b64encode(b"\0bureau\0p@ss").decode()
    assert (len(office.mails), login in office.said) == ((1, True) if trusted else (0, False))
