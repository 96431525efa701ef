"""What an applicant sees, as plain HTML: it works without scripts, and holds nothing on the server."""

from html import escape

from nexus_portal.adapters import catalogue
from nexus_portal.domain.applications import LONGEST_TEXT
from nexus_portal.domain.text import Message
from nexus_portal.services.application_door import Applied, Question
from nexus_portal.web import link_page
from nexus_portal.web.apply_fields import Fields, Form

_NAMES = (("sv", "Svenska"), ("en", "English"))
_FRAME = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Nexus Portal</title>
<link rel="icon" href="/logo.svg"><link rel="stylesheet" href="/my-card.css">
<link rel="stylesheet" href="/apply.css">
</head>
<body>
<header>
<a class="home" href="/help"><img src="/logo.svg" alt="" width="22" height="22"><span>Nexus Portal</span></a>
{default}<nav aria-label="{languages}">{switch}</nav></header>
<main class="apply">{content}</main>
<footer><a href="/sign-in">{sign_in}</a> · <a href="/help">{help}</a>
· <a href="/help/gdpr">{gdpr}</a></footer>
{script}</body>
</html>
"""
_FORM = """<h1>{heading}</h1>
<p class="lead">{lead} <a href="/help#apply" target="_blank" rel="noopener">{how}</a></p>
{alert}<form id="apply" method="post" action="/apply?language={language}" novalidate>
<input type="hidden" name="token" value="{token}">
<fieldset><legend>{organisation}</legend>{first}</fieldset>
<fieldset><legend>{contact}</legend><p class="hint">{private}</p>{second}</fieldset>
<fieldset><legend>{needs}</legend>{third}</fieldset>
<p class="trap" aria-hidden="true"><label>Website
<input name="website" tabindex="-1" autocomplete="off"></label></p>
<button class="send">{send}</button>
</form>
<aside><p>{kept}</p></aside>"""
_DEFAULT = '<button class="default" form="{form}" tabindex="-1" aria-hidden="true"></button>'
"""What pressing Enter in a field does: the first button of a form in the page, which a language is not."""
_SPEAK = (
    '<button form="{form}" formaction="{path}?language={code}" name="speak" value="{code}" lang="{code}"'
    ' aria-pressed="{here}">{name}</button>'
)
_ALERT = '<p class="alert" id="alert" role="alert" tabindex="-1" autofocus>{said}</p>\n'
_RECEIPT = """<section class="receipt" aria-labelledby="said">
<h1 id="said" tabindex="-1" autofocus><span class="mark" aria-hidden="true">✓</span> {heading}</h1>
<p>{label} <strong class="reference">{reference}</strong></p>
<h2>{next}</h2>
<ol>{steps}</ol>
<p class="hint">{mail}</p>
</section>"""
_LANDING = """<h1>{heading}</h1>
<p id="incomplete" role="alert" hidden>{incomplete}</p>
<noscript><p>{scripts}</p></noscript>
<form data-secret method="post" action="/apply/answer">
<input type="hidden" name="token"><button>{start}</button>
</form>"""
_QUESTION = """<h1>{heading}</h1>
<p class="lead">{label} <strong class="reference">{reference}</strong></p>
<blockquote>{text}</blockquote>
{alert}<form id="apply-answer" method="post" action="/apply/answer/send?language={language}">
<input type="hidden" name="token" value="{token}">
<div class="field"><label for="answer">{answer}</label>
<textarea id="answer" name="answer" rows="6" maxlength="{most}" required
 aria-describedby="answer-hint">{typed}</textarea>
<p class="hint" id="answer-hint">{hint}</p></div>
<button class="send">{send}</button>
</form>"""


def form(of: Form, language: str) -> str:
    """The application form: who, whom to reach, what is wanted. Another language keeps what was typed."""
    fields = Fields(of, language)
    said = {
        "heading": Message("Become a customer"),
        "lead": Message(
            "Tell us who you are and what you need. We look at it within three working days; nobody but "
            "the card bureau reads it."
        ),
        "how": Message("How do we become a customer?"),
        "organisation": Message("Your organisation"),
        "contact": Message("Whom we reach"),
        "private": Message("Used for this application only, kept encrypted, never shown to other customers."),
        "needs": Message("What you need"),
        "send": Message("Send the application"),
        "kept": Message(
            "What you wrote is erased 30 days after we have decided; once approved, not before your account "
            "is open."
        ),
    }
    content = _FORM.format(
        language=language,
        token=escape(of.token),
        alert=_alert(of.applied, language),
        first=fields.organisation(),
        second=fields.contact(),
        third=fields.needs(),
        **{name: _said(message, language) for name, message in said.items()},
    )
    return _page(said["heading"], content, language, "/apply", keeps="apply")


def receipt(reference: str, language: str) -> str:
    """That it has arrived, and what happens next."""
    steps = (
        Message("We look at your application within three working days."),
        Message(
            "If something is missing, you get a mail with a link by which you answer, without an account."
        ),
        Message(
            "Once it is approved, we set up your account together: cards, prices, addresses, how long "
            "personal data is kept, and who may do what."
        ),
        Message("Your account admin gets an invitation, and chooses a password and a second factor."),
    )
    heading = Message("Your application has arrived")
    content = _RECEIPT.format(
        heading=_said(heading, language),
        label=_said(Message("Its reference is"), language),
        reference=escape(reference),
        next=_said(Message("What happens next"), language),
        steps="".join(f"<li>{_said(step, language)}</li>" for step in steps),
        mail=_said(Message("A mail with this reference is on its way to you."), language),
    )
    return _page(heading, content, language, "/apply")


def landing(language: str) -> str:
    """The step between a link and its question: the same for everybody."""
    heading = Message("A question about your application")
    content = _LANDING.format(
        heading=_said(heading, language),
        start=_said(Message("Open the question"), language),
        incomplete=_said(link_page.INCOMPLETE, language),
        scripts=_said(link_page.SCRIPTS, language),
    )
    return _page(heading, content, language, "/apply/answer", script='<script src="/link.js"></script>\n')


def question(asked: Question, token: str, language: str, *, typed: str = "", error: str = "") -> str:
    """What the bureau asks, and the place for the answer."""
    heading = Message("A question about your application")
    content = _QUESTION.format(
        heading=_said(heading, language),
        label=_said(Message("Reference"), language),
        reference=escape(asked.reference),
        text=escape(asked.text).replace("\n", "<br>"),
        alert=_ALERT.format(said=escape(error)) if error else "",
        language=language,
        token=escape(token),
        answer=_said(Message("Your answer"), language),
        typed=escape(typed),
        hint=_said(Message("You can answer once. Nothing of it is shown by this link afterwards."), language),
        most=LONGEST_TEXT,
        send=_said(Message("Send the answer"), language),
    )
    return _page(heading, content, language, "/apply/answer", keeps="apply-answer")


def answered(language: str) -> str:
    """That the answer has arrived."""
    heading = Message("Your answer has arrived")
    text = Message("The link is used up; you can close this page. We write to you once we have decided.")
    said = f'<h1 tabindex="-1" autofocus>{_said(heading, language)}</h1><p>{_said(text, language)}</p>'
    return _page(heading, said, language, "/apply")


def over(said: str, language: str) -> str:
    """A link that leads nowhere."""
    heading = Message("This link does not work")
    return _page(heading, f"<h1>{_said(heading, language)}</h1><p>{escape(said)}</p>", language, "/apply")


def too_large(said: str, language: str) -> str:
    """A form that is none of ours."""
    heading = Message("This form cannot be taken")
    return _page(heading, f"<h1>{_said(heading, language)}</h1><p>{escape(said)}</p>", language, "/apply")


def _alert(applied: Applied | None, language: str) -> str:
    if applied is None:
        return ""
    said = applied.refusal or Message("Something is not right yet. Look at the fields marked in red.")
    return _ALERT.format(said=_said(said, language))


def _page(
    title: Message, content: str, language: str, path: str, *, script: str = "", keeps: str = ""
) -> str:
    """`keeps` is the form that is sent along when the language is changed."""
    return _FRAME.format(
        language=language,
        title=_said(title, language),
        content=content,
        script=script,
        languages=_said(Message("Language"), language),
        default=_DEFAULT.format(form=keeps) if keeps else "",
        switch="".join(_choice(code, name, path, keeps, here=code == language) for code, name in _NAMES),
        sign_in=_said(Message("Sign in"), language),
        help=_said(Message("Help"), language),
        gdpr=_said(Message("GDPR statement"), language),
    )


def _choice(code: str, name: str, path: str, keeps: str, *, here: bool) -> str:
    if keeps:
        pressed = "true" if here else "false"
        return _SPEAK.format(form=keeps, path=path, code=code, name=name, here=pressed)
    current = ' aria-current="true"' if here else ""
    return f'<a href="{path}?language={code}" lang="{code}"{current}>{name}</a>'


def _said(message: Message, language: str) -> str:
    return escape(catalogue.render(message, language))
