"""Text in two languages, both baked into the page when it is compiled.

The reader's language is `<html lang>`, which `assets/portal.js` writes before the first element is drawn:
from the `language` cookie, else from what the browser asks for. Changing it is a form post to
`/language/{code}` and a full page load, so no state and no event takes part in showing text.
"""

import reflex as rx

from nexus_portal.adapters import catalogue
from nexus_portal.components.vars import Number, Text, as_number, browser
from nexus_portal.domain.text import Message

Value = Text | Number

IS_SWEDISH = rx.Var("globalThis.portal?.swedish", _var_type=bool).to(bool)


def t(msgid: str, /, **values: Value) -> rx.Var[str]:
    """The sentence in the reader's language; `{name}` is replaced by the value, whole numbers are grouped."""
    shown = {name: _shown(value) for name, value in values.items()}
    return _either(*(catalogue.template(msgid, language).format(**shown) for language in catalogue.LANGUAGES))


def plural(one: str, many: str, n: Number, /, **values: Value) -> rx.Var[str]:
    """The sentence for `n` things; `{n}` stands for the count."""
    count = as_number(n)
    shown = {"n": number(count), **{name: _shown(value) for name, value in values.items()}}
    english, swedish = (catalogue.plural_templates(one, many, language) for language in catalogue.LANGUAGES)
    singular = _either(english[0].format(**shown), swedish[0].format(**shown))
    return rx.cond(count == 1, singular, _either(english[1].format(**shown), swedish[1].format(**shown)))


def say(message: Message) -> rx.Var[str]:
    """A message that is known when the page is compiled, such as a word of domain/words.py."""
    return t(message.msgid, **message.params)


def t_static(msgid: str, language: str, /, **values: str | int) -> str:
    """The sentence in one given language, for mails, documents and pages outside Reflex."""
    return catalogue.translate(msgid, language, **values)


def say_static(message: Message, language: str) -> str:
    """A message in one given language; see `t_static`."""
    return catalogue.render(message, language)


def plural_static(one: str, many: str, n: int, language: str, /, **values: str | int) -> str:
    """The sentence for `n` things in one given language; see `t_static`."""
    return catalogue.translate_plural(one, many, n, language, **values)


def number(value: Number) -> rx.Var[str]:
    """A whole number grouped as the reader's language does: 1,284 or 1 284."""
    return browser("number", value)


def _shown(value: Value) -> Value:
    if isinstance(value, rx.vars.NumberVar) or (isinstance(value, int) and not isinstance(value, bool)):
        return number(value)
    return value


def _either(english: str, swedish: str) -> rx.Var[str]:
    if english == swedish:
        return rx.Var.create(english).to(str)
    return rx.cond(IS_SWEDISH, swedish, english).to(str)
