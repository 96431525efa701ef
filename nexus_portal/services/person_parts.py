"""The parts of what is held about a person, as a package has them; see `docs/person-package.md`."""

from datetime import date, datetime, timedelta

from nexus_portal.domain.field_definitions import FieldDefinition, RetentionClass
from nexus_portal.domain.retention import Rules, counted_mask, kinds_of
from nexus_portal.models.base import JsonObject
from nexus_portal.models.cards import Card
from nexus_portal.models.holder_links import HolderLink
from nexus_portal.models.orders import Transition
from nexus_portal.models.privacy import DataCopy
from nexus_portal.models.shipping import Shipment
from nexus_portal.models.vault import HolderRecord, Photo


def field(definition: FieldDefinition, value: str) -> JsonObject:
    """A value with the field that it belongs to."""
    return {
        "key": definition.key,
        "label": {"en": definition.label_en, "sv": definition.label_sv},
        "value": value,
        "written": definition.written(value),
        "purpose": definition.purpose.value,
        "kind": definition.retention.value,
        "reason": definition.reason or None,
    }


def photo(kept: Photo | None, code: str) -> JsonObject | None:
    """The photo, by the names of its files in the package."""
    if kept is None:
        return None
    return {
        "files": [f"photos/{code}.jpg", f"photos/{code}-original.jpg"],
        "kept_since": time(kept.created_at),
        "width": kept.width,
        "height": kept.height,
        "state": kept.state,
    }


def registered(card: Card | None) -> JsonObject | None:
    """The card in the register."""
    if card is None:
        return None
    return {
        "number": card.number,
        "chip": card.uid.hex().upper() if card.uid else None,
        "status": card.status,
        "since": time(card.status_changed_at),
        "valid_until": day(card.valid_until),
        "blocked_for": card.block_reason or None,
    }


def shipped(parcel: Shipment | None) -> JsonObject | None:
    """The parcel that it left in."""
    if parcel is None:
        return None
    return {
        "carrier": parcel.carrier or None,
        "tracking": parcel.tracking or None,
        "shipped_at": time(parcel.shipped_at),
        "delivered_at": time(parcel.delivered_at),
    }


def move(made: Transition) -> JsonObject:
    """One move of the card; by role, and without what was written about it."""
    return {"at": time(made.at), "of": made.axis, "to": made.end, "role": made.actor_role}


def link(asked: HolderLink) -> JsonObject:
    """When the person was asked for their data."""
    moments = ("created_at", "sent_at", "reminded_at", "submitted_at", "ended_at", "expires_at")
    return {name: time(getattr(asked, name)) for name in moments}


def copy(left: DataCopy) -> JsonObject:
    """Persons of the order were taken away, this one perhaps among them."""
    return {"at": time(left.at), "kind": left.kind, "role": left.actor_role}


def goes(rules: Rules, record: HolderRecord) -> list[JsonObject]:
    """When each kind goes by the rules of retention; no day while the card is not delivered."""
    return [
        {"kind": kind.value, "days_after_delivery": rules.lasts(kind), "on": _goes_on(rules, record, kind)}
        for kind in sorted(kinds_of(counted_mask(record.kinds)))
    ]


def _goes_on(rules: Rules, record: HolderRecord, kind: RetentionClass) -> str | None:
    if record.delivered_at is None:
        return None
    return day((record.delivered_at + timedelta(days=rules.lasts(kind))).date())


def time(at: datetime | None) -> str | None:
    """A moment as ISO 8601."""
    return at.isoformat() if at else None


def day(when: date | None) -> str | None:
    """A day as ISO 8601."""
    return when.isoformat() if when else None
