"""The page on which certificates are verified, as plain HTML: it works without scripts."""

from collections.abc import Sequence
from html import escape

from nexus_portal.adapters import catalogue
from nexus_portal.domain.hashchain import document_hash
from nexus_portal.domain.text import Message
from nexus_portal.services.certificate_files import Checked
from nexus_portal.services.certificate_words import CertificateWords
from nexus_portal.services.certificates import number_of

_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Nexus Portal</title>
<link rel="icon" href="/logo.svg"><link rel="stylesheet" href="/my-card.css">
<link rel="stylesheet" href="/verify.css">
</head>
<body>
<header>
<a class="home" href="/help"><img src="/logo.svg" alt="" width="22" height="22"><span>Nexus Portal</span></a>
<nav aria-label="{languages}">{switch}</nav></header>
<main class="verify">{result}{form}</main>
<footer><a href="/certificates/public-key">{key}</a> · <a href="/help">{help}</a></footer>
</body>
</html>
"""
_FORM = """<form id="verify" method="post" action="/verify?language={language}" enctype="multipart/form-data">
<{level}>{heading}</{level}>
<p class="lead">{lead}</p>
<div class="field"><label for="file">{label}</label>
<input type="file" id="file" name="file" required accept=".json,.pdf,application/json,application/pdf"
 aria-describedby="file-hint"{invalid}>
<p class="hint" id="file-hint">{hint}</p></div>
<button>{check}</button>
</form>"""
_RESULT = """<section class="result {tone}" id="result" tabindex="-1" autofocus aria-labelledby="said">
<h1 id="said"><span class="mark" aria-hidden="true">{mark}</span> {heading}</h1>
{content}</section>"""
_NAMES = (("sv", "Svenska"), ("en", "English"))


def page(language: str, *, checked: Checked | None = None, error: str = "") -> str:
    """The form, and above it what is said of the file that was sent."""
    heading, result = _result(language, checked, error)
    form = _FORM.format(
        language=language,
        level="h2" if result else "h1",
        heading=_said(Message("Check another certificate") if result else _TITLE, language),
        lead=_said(
            Message(
                "Choose a certificate of erasure that this portal has issued. It is checked against the "
                "portal’s signature. The file is not stored."
            ),
            language,
        ),
        label=_said(Message("The certificate, as PDF or JSON"), language),
        hint=_said(Message("You can also drop it on the field. At most 4 MB."), language),
        check=_said(Message("Check"), language),
        invalid=' aria-invalid="true"' if error else "",
    )
    return _FRAME.format(
        language=language,
        title=heading or _said(_TITLE, language),
        languages=_said(Message("Language"), language),
        switch=_switch(language),
        result=result,
        form=form,
        key=_said(Message("Public keys"), language),
        help=_said(Message("Help"), language),
    )


_TITLE = Message("Verify a certificate")


def _result(language: str, checked: Checked | None, error: str) -> tuple[str, str]:
    if checked is None and not error:
        return "", ""
    if checked is None:
        heading = _said(Message("This file could not be checked"), language)
        content, tone, mark = f"<p>{escape(error)}</p>", "unread", "?"
    elif checked.why is not None:
        heading = _said(Message("This certificate is not genuine"), language)
        more = Message(
            "Nothing in it is to be relied on. Ask whoever gave it to you for the file as the portal issued "
            "it."
        )
        content = f"<p>{_said(checked.why, language)}</p><p>{_said(more, language)}</p>"
        tone, mark = "changed", "✗"
    else:
        heading = _said(Message("This certificate is genuine"), language)
        content, tone, mark = _genuine(checked, language), "genuine", "✓"
    return heading, _RESULT.format(tone=tone, mark=mark, heading=heading, content=content)


def _genuine(checked: Checked, language: str) -> str:
    words, certificate = CertificateWords(checked.certificate, language), checked.certificate
    signed = Message(
        "Certificate {number} was signed by {issuer} with the key {key}, and not a character has changed "
        "since.",
        number=number_of(certificate),
        issuer=certificate["issuer"],
        key=certificate["key"],
    )
    only = Message(
        "This is all that was signed. Where a printed page or a PDF says anything else, it was altered."
    )
    facts = [*words.facts(), (Message("Fingerprint"), document_hash(certificate))]
    previous = certificate["certificate"]["previous"]
    if previous:
        facts.append((Message("Fingerprint before it"), previous))
    return "".join(
        (
            f"<p>{_said(signed, language)}</p>",
            f'<p class="statement">{escape(words.statement())}</p>',
            "<dl>",
            *(f"<dt>{_said(label, language)}</dt><dd>{escape(value)}</dd>" for label, value in facts),
            "</dl>",
            _list(Message("What was done"), words.done(), language),
            _list(Message("Where copies remained"), words.copies(), language),
            _list(Message("What had left the portal before"), words.left(), language),
            f'<p class="hint">{_said(only, language)}</p>',
        )
    )


def _list(title: Message, lines: Sequence[str], language: str) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>{_said(title, language)}</h2><ul>{items}</ul>"


def _switch(language: str) -> str:
    here = ' aria-current="true"'
    return "".join(
        f'<a href="/verify?language={code}" lang="{code}"{here if code == language else ""}>{name}</a>'
        for code, name in _NAMES
    )


def _said(message: Message, language: str) -> str:
    return escape(catalogue.render(message, language))
