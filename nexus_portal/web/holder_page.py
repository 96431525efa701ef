"""What a card holder sees, as plain HTML: light on a phone, and no state of it on the server."""

from collections.abc import Mapping
from html import escape

from nexus_portal.adapters import catalogue
from nexus_portal.domain.fields import FieldDefinition, FieldType, Purpose, RetentionClass
from nexus_portal.domain.text import Message
from nexus_portal.services.holder_door import HolderForm

VALUE = "value-"
PHOTOS = "image/jpeg,image/png"
_PURPOSES: Mapping[Purpose, Message] = {
    Purpose.PRINTED: Message("Printed on the card."),
    Purpose.ENCODED: Message("Written into the card’s chip."),
    Purpose.SORTING: Message("Only used to sort the cards."),
}
_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>{title} · Nexus Portal</title>
<link rel="icon" href="/logo.svg"><link rel="stylesheet" href="/my-card.css">
</head>
<body>
<header><img src="/logo.svg" alt="" width="22" height="22"><span>Nexus Portal</span>{preferences}</header>
<main>{content}</main>
<footer><a href="/help/gdpr" target="_blank" rel="noopener">{gdpr}</a></footer>
<script src="/my-card.js"></script>
</body>
</html>
"""
_LANDING = """<h1>{heading}</h1>
<p id="incomplete" role="alert" hidden>{incomplete}</p>
<noscript><p>{scripts}</p></noscript>
<form id="my-card-link" method="post" action="/my-card/open">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="token">
<button>{start}</button>
</form>"""
_FORM = """<section id="asked">
<h1>{heading}</h1>
<p class="lead">{lead}</p>
{reason}
<form id="my-card" method="post" action="/my-card/send?language={language}" enctype="multipart/form-data"
 novalidate data-secret="{token}" data-lost="{lost}" data-sending="{sending}" data-wrong="{wrong}">
<input type="hidden" name="csrf" value="{csrf}">
{fields}
<div class="field"><label for="protected" class="check"><input type="checkbox" id="protected" name="protected"
 value="yes" aria-describedby="protected-hint"> {protected}</label>
<p class="hint" id="protected-hint">{protected_hint}</p></div>
<p class="error" id="refusal" role="alert"></p>
<button class="send">{send}</button>
</form>
<aside><p>{gdpr}</p></aside>
</section>
<section id="thanks" hidden><h1 tabindex="-1">{thanks}</h1><p>{arrived}</p></section>"""
_SWITCH = """<form id="language" method="post" action="/my-card/open">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="token" value="{token}">
{buttons}</form>"""
_FIELD = """<div class="field"><label for="{id}">{label}</label>
{control}
<p class="hint" id="{id}-hint">{hint}</p><p class="error" id="{id}-error" role="alert"></p></div>"""
_PHOTO = """<div class="field" role="group" aria-labelledby="photo-label"
 aria-describedby="photo-hint photo-error">
<span class="label" id="photo-label">{label}</span>
<img id="photo-shown" alt="{alt}" hidden>
<div class="photos">
<label class="button">{camera}<input type="file" name="photo" id="photo" accept="{accept}" capture="user"
 data-key="{key}"></label>
<label class="button">{choose}<input type="file" name="photo" id="photo-file" accept="{accept}"></label>
</div>
<p class="hint" id="photo-hint">{hint}</p><p class="error" id="photo-error" role="alert"></p></div>"""


def landing(language: str, *, csrf: str) -> str:
    """The step between a link and its form: the same for everybody."""
    texts = {
        "heading": _said(Message("Your card"), language),
        "start": _said(Message("Open the form"), language),
        "incomplete": _said(
            Message("This link is not complete. Open it from the mail once more, or copy all of it."),
            language,
        ),
        "scripts": _said(Message("Nexus Portal needs JavaScript."), language),
    }
    return _page(texts["heading"], _LANDING.format(csrf=csrf, **texts), language)


def over(said: str, language: str) -> str:
    """A link that leads nowhere."""
    heading = _said(Message("This link does not work"), language)
    return _page(heading, f"<h1>{heading}</h1><p>{escape(said)}</p>", language)


def form(asked: HolderForm, language: str, *, token: str, csrf: str, typed: Mapping[str, str]) -> str:
    """Who asks, for which card, each field with its purpose, and what becomes of it."""
    account = escape(asked.account)
    heading = _said(Message("Your card from {account}", account=asked.account), language)
    content = _FORM.format(
        heading=heading,
        lead=_said(
            Message(
                "{account} orders a card for you: {layout}. Fill in what it needs. You can send this "
                "once, until {until}.",
                account=asked.account,
                layout=asked.layout,
                until=asked.expires_at.date().isoformat(),
            ),
            language,
        ),
        reason=_reason(asked.reason, language),
        language=language,
        token=escape(token),
        csrf=csrf,
        fields="\n".join(_field(each, asked, language, typed) for each in asked.fields),
        protected=_said(Message("I have protected identity"), language),
        protected_hint=_said(
            Message("Then only a few people who are named to it see who you are, after the order is sent."),
            language,
        ),
        lost=_said(Message("The connection was lost. Nothing was stored; send it again."), language),
        sending=_said(Message("Sending…"), language),
        wrong=_said(Message("Something is not right yet. Look at the fields marked in red."), language),
        send=_said(Message("Send"), language),
        gdpr=_gdpr(account, language),
        thanks=_said(Message("Thank you"), language),
        arrived=_said(
            Message("Your details have arrived. The link is used up; you can close this page."), language
        ),
    )
    return _page(heading, content, language, preferences=_switch(language, token=token, csrf=csrf))


def _page(title: str, content: str, language: str, *, preferences: str = "") -> str:
    gdpr = _said(Message("GDPR statement"), language)
    return _FRAME.format(language=language, title=title, content=content, gdpr=gdpr, preferences=preferences)


def _reason(reason: str, language: str) -> str:
    if not reason:
        return ""
    said = _said(
        Message("What you sent came back: {reason} Fill in everything once more.", reason=reason), language
    )
    return f'<p class="returned" role="note">{said}</p>'


def _field(of: FieldDefinition, asked: HolderForm, language: str, typed: Mapping[str, str]) -> str:
    label = escape(of.label(language))
    if not of.required:
        label = _said(Message("{label} (may be left empty)", label=of.label(language)), language)
    if of.type is FieldType.PHOTO:
        hint = _hint(of, asked, language, Message("JPEG or PNG, one face, from the front, in good light."))
        return _PHOTO.format(
            key=escape(of.key),
            label=label,
            hint=hint,
            accept=PHOTOS,
            camera=_said(Message("Take a photo"), language),
            choose=_said(Message("Choose a file"), language),
            alt=_said(Message("The photo that you chose"), language),
        )
    name = escape(VALUE + of.key)
    return _FIELD.format(
        id=name,
        label=label,
        control=_control(of, name, language, escape(typed.get(VALUE + of.key, ""))),
        hint=_hint(of, asked, language, _FORMATS.get(of.type)),
    )


_FORMATS: Mapping[FieldType, Message] = {FieldType.PERSONAL_NUMBER: Message("YYYYMMDD-NNNN.")}


def _hint(of: FieldDefinition, asked: HolderForm, language: str, more: Message | None) -> str:
    kept = (
        Message("Kept until the card is delivered.")
        if asked.keeps_days is None
        else Message("Kept until {days} days after delivery.", days=asked.keeps_days)
    )
    said = [catalogue.render(each, language) for each in (_PURPOSES[of.purpose], more, kept) if each]
    return escape(" ".join([*said[:1], *([of.reason] if of.reason else []), *said[1:]]))


def _control(of: FieldDefinition, name: str, language: str, value: str) -> str:
    common = f'id="{name}" name="{name}" aria-describedby="{name}-hint {name}-error"'
    required = ' aria-required="true"' if of.required else ""
    match of.type:
        case FieldType.CHOICE:
            options = "".join(
                f"<option{' selected' if escape(choice) == value else ''}>{escape(choice)}</option>"
                for choice in of.choices
            )
            first = _said(Message("Choose"), language)
            return f'<select {common}{required}><option value="">{first}</option>{options}</select>'
        case FieldType.DATE:
            kind = 'type="date"'
        case FieldType.PERSONAL_NUMBER:
            kind = 'inputmode="numeric" autocomplete="off"'
        case _:
            named = of.retention is RetentionClass.NAME
            kind = f'autocomplete="{"name" if named else "off"}"'
    return f'<input {common}{required} {kind} value="{value}">'


def _gdpr(account: str, language: str) -> str:
    said = (
        Message(
            "{account} decides about your details; the card bureau makes the card for them.", account=account
        ),
        Message("They are used for this card alone, and removed when the time named at each field is over."),
        Message("Ask {account} if you want to see, correct or remove them.", account=account),
    )
    return " ".join(catalogue.render(each, language) for each in said)


def _switch(language: str, *, token: str, csrf: str) -> str:
    names = (("sv", "Svenska"), ("en", "English"))
    buttons = "".join(
        f'<button name="language" value="{code}" lang="{code}"'
        f' aria-pressed="{str(code == language).lower()}">{name}</button>'
        for code, name in names
    )
    return _SWITCH.format(csrf=csrf, token=escape(token), buttons=buttons)


def _said(message: Message, language: str) -> str:
    return escape(catalogue.render(message, language))
