"""The words by which an order is found: of its reference and its cost centre."""

import re

LONGEST = 60
MOST = 40
"""Words of one order: nobody writes more into a reference of 120 characters by hand."""
_WORD = re.compile(r"\w+")


def words_of(*texts: str) -> list[str]:
    """Each word once, in the form in which words are compared; signs between them do not count."""
    found = dict.fromkeys(word[:LONGEST] for text in texts for word in _WORD.findall(text.casefold()))
    return list(found)[:MOST]
