"""Text from strangers made fit to store, print and export, or refused."""

import re
import unicodedata

from nexus_portal.domain.errors import Invalid
from nexus_portal.domain.text import Message

# Pasted from Word and the web unseen: soft hyphen, zero-width space, word joiner, byte order mark.
_INVISIBLE = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff")
# Lines and tabs become spaces; the joiners belong to Persian, Hindi and other names.
_ALLOWED = frozenset("\t\n\r\u200c\u200d")
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# UTF-8 that was read as Windows-1252: å ä ö Å Ä Ö é ü. None of these pairs occurs in a word.
_GARBLED = re.compile("\ufffd|Ã[¥¤¶…„–©¼]")
# The second half keeps phone numbers, a dash for "none" and temperatures.
_FORMULA = re.compile(r"=|[-+@].*[(|!]")
UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML has no place for."""
_SPREADSHEET_ERROR = re.compile(r"#(N/A|[^\s#]{2,20}[!?]|#+)")


def clean(raw: str) -> str:
    """The text in NFC, trimmed, on one line with single spaces.

    Raises:
        Invalid: it holds control characters, turns the direction of writing, or has damaged letters.
    """
    text = unicodedata.normalize("NFC", raw).translate(_INVISIBLE)
    if any(unicodedata.category(letter) in _FORBIDDEN and letter not in _ALLOWED for letter in text):
        raise Invalid(Message("There are hidden control characters in it. Delete it and type it again."))
    if _GARBLED.search(text):
        raise Invalid(
            Message(
                "Some letters are damaged. Save the spreadsheet as CSV UTF-8 or as XLSX and send it again."
            )
        )
    return " ".join(text.split())


def refuse_formula(text: str) -> None:
    """Let nothing pass that a spreadsheet program would compute on opening an export, or failed to compute.

    A text is kept as it is or refused: an apostrophe put in front would be printed on the card.

    Raises:
        Invalid: it is a formula or a spreadsheet's error value.
    """
    if _FORMULA.match(text):
        raise Invalid(Message("This is a formula. Put its result here as plain text."))
    if _SPREADSHEET_ERROR.fullmatch(text):
        raise Invalid(Message("This is an error that the spreadsheet shows. Put the value itself here."))


def folded(text: str) -> str:
    """For comparing only: letters and digits without case, diacritics, spaces or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())
