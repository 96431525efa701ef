"""The fields of the application form, with what was typed into them and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from nexus_portal.adapters import catalogue
from nexus_portal.domain.applications import LONGEST_NAME, LONGEST_PHONE, LONGEST_TEXT, VOLUMES
from nexus_portal.domain.text import Message
from nexus_portal.services.application_door import Applied, Offered

TYPED = ("number", "organisation", "contact", "email", "phone", "volume", "message")
TRAP = "website"
"""The field that people do not see."""
_FIELD = """<div class="field"><label for="{name}">{label}</label>
{control}
<p class="hint" id="{name}-hint">{hint}</p><p class="error" id="{name}-error">{error}</p></div>"""
_ARTICLES = """<div class="field" role="group" aria-labelledby="articles">
<span class="label" id="articles">{label}</span>{boxes}</div>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form with what was typed into it, and what came of sending it."""

    token: str
    offered: Sequence[Offered]
    typed: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    wanted: frozenset[str] = frozenset()
    applied: Applied | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """A form's fields as HTML in one language."""

    of: Form
    language: str

    def organisation(self) -> str:
        """Who applies."""
        number = self._line(
            "number",
            Message("Organisation number"),
            'inputmode="numeric" autocomplete="off" maxlength="20" required',
            Message("Ten digits, such as 556036-0793."),
        )
        name = f'autocomplete="organization" maxlength="{LONGEST_NAME}" required'
        return number + self._line("organisation", Message("Name of the organisation"), name)

    def contact(self) -> str:
        """Whom to reach."""
        name = f'autocomplete="name" maxlength="{LONGEST_NAME}" required'
        phone = f'type="tel" autocomplete="tel" maxlength="{LONGEST_PHONE}"'
        mail = self._line(
            "email",
            Message("Mail address"),
            'type="email" autocomplete="email" maxlength="254" required',
            Message("The receipt and our questions go here."),
        )
        return "".join(
            (
                self._line("contact", Message("Contact person"), name),
                mail,
                self._line("phone", Message("Telephone"), phone, Message("May be left empty.")),
            )
        )

    def needs(self) -> str:
        """What is wanted."""
        boxes = "".join(
            f'<label class="choice"><input type="checkbox" name="articles" value="{escape(each.number)}"'
            f"{' checked' if each.number in self.of.wanted else ''}><span>{escape(each.name)}</span></label>"
            for each in self.of.offered
        )
        label = self._said(Message("What you would like to order"))
        articles = _ARTICLES.format(label=label, boxes=boxes) if boxes else ""
        return self._volume() + articles + self._message()

    def _volume(self) -> str:
        chosen = self.of.typed.get("volume", "")
        options = "".join(
            f'<option value="{volume}"{" selected" if volume == chosen else ""}>{self._said(text)}</option>'
            for volume, text in VOLUMES.items()
        )
        first = self._said(Message("Choose"))
        control = (
            f'<select {self._named("volume")} required><option value="">{first}</option>{options}</select>'
        )
        return self._field("volume", Message("Expected volume"), control)

    def _message(self) -> str:
        typed = escape(self.of.typed.get("message", ""))
        control = f'<textarea {self._named("message")} rows="4" maxlength="{LONGEST_TEXT}">{typed}</textarea>'
        hint = Message("May be left empty. Please write nothing about card holders here.")
        return self._field("message", Message("Message"), control, hint)

    def _line(self, name: str, label: Message, more: str, hint: Message | None = None) -> str:
        value = escape(self.of.typed.get(name, ""))
        return self._field(name, label, f'<input {self._named(name)} {more} value="{value}">', hint)

    def _field(self, name: str, label: Message, control: str, hint: Message | None = None) -> str:
        refusal = self._refusal(name)
        return _FIELD.format(
            name=name,
            label=self._said(label),
            control=control,
            hint=self._said(hint) if hint else "",
            error=self._said(refusal) if refusal else "",
        )

    def _named(self, name: str) -> str:
        wrong = ' aria-invalid="true"' if self._refusal(name) else ""
        return f'id="{name}" name="{name}" aria-describedby="{name}-hint {name}-error"{wrong}'

    def _refusal(self, name: str) -> Message | None:
        return self.of.applied.refusals.get(name) if self.of.applied else None

    def _said(self, message: Message) -> str:
        return escape(catalogue.render(message, self.language))
