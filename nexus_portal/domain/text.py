"""Text for people that is translated at the door, not where it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """An English sentence with named placeholders; the sentence is also its key in the catalogue.

    Never give it a value from the vault: messages reach logs and pages of others.
    """

    msgid: str
    params: Mapping[str, str | int] = field(default_factory=dict[str, str | int])

    def __init__(self, msgid: str, /, **params: str | int) -> None:
        object.__setattr__(self, "msgid", msgid)
        object.__setattr__(self, "params", params)

    def __str__(self) -> str:
        return self.msgid.format(**self.params)
