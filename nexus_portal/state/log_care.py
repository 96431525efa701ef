"""What Reflex logs of events, without what is in them: that may be somebody's personal data."""

import logging
import re

LOGGERS = ("reflex.app", "reflex_base.event.processor.event_processor")
_CONTENTS = re.compile(r"(event data|event queue entry for)\b.*", re.DOTALL | re.IGNORECASE)


def withhold() -> None:
    """Cut the contents of events out of Reflex's own log lines."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_cut)


def _cut(record: logging.LogRecord) -> bool:
    record.msg, record.args = _CONTENTS.sub(r"\1 withheld", record.getMessage()), ()
    return True
