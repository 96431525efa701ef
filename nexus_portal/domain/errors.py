"""What can be refused, as types: each door decides once how to show them."""

from collections.abc import Sequence

from nexus_portal.domain.text import Message


class PortalError(Exception):
    """A refusal that a person can read; nothing was changed."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class NotSignedIn(PortalError):
    """There is no session, or it has ended, or its second factor is missing."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or Message("You have been signed out. Sign in again to go on."))


class NotAllowed(PortalError):
    """The caller may see that the thing exists, but lacks the permission."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or Message("Your role does not allow this. Ask your account admin."))


class StepUpNeeded(PortalError):
    """The act asks for a second factor that is at most five minutes old."""

    def __init__(self) -> None:
        super().__init__(Message("Confirm with a code from your authenticator first."))


class NotFound(PortalError):
    """No such thing for this caller; a foreign account's row is exactly like an absent one."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(message or Message("There is nothing here with that number, or it is not yours."))


class Invalid(PortalError):
    """What was sent does not fit; the message says what would."""


class NotYet(PortalError):
    """Allowed, but not now: every reason stands in the list."""

    def __init__(self, message: Message, reasons: Sequence[Message]) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)


class Conflict(PortalError):
    """Somebody else changed the same thing first; nothing was overwritten."""

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(
            message or Message("Somebody else changed this at the same time. Look at it again, then repeat.")
        )


class Changed(Conflict):
    """What the form showed is not what stands there any more, and what was typed differs from it."""


class NoRoom(PortalError):
    """A quota or a disk is full; what was written before is kept."""


class TooMany(PortalError):
    """A rate limit; the message says when to try again."""


class Unavailable(PortalError):
    """The database or a store does not answer; nothing was lost."""

    def __init__(self) -> None:
        super().__init__(Message("The database is not answering. Nothing was lost; try again in a moment."))


class Tampered(PortalError):
    """A ciphertext, signature or chain does not verify."""

    def __init__(self) -> None:
        super().__init__(Message("This record does not verify and was not opened. The bureau has been told."))
