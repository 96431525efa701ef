"""The words that people read for states, stages, reasons and roles; one word each, everywhere the same."""

from collections.abc import Mapping
from enum import StrEnum

from nexus_portal.domain.field_definitions import RetentionClass
from nexus_portal.domain.lifecycles import (
    BatchState,
    Billing,
    BlockReason,
    CardStatus,
    Fulfilment,
    PersonalData,
    PhotoState,
    Stage,
)
from nexus_portal.domain.permissions import Permission, Role
from nexus_portal.domain.text import Message

FULFILMENT: Mapping[StrEnum, Message] = {
    Fulfilment.DRAFT: Message("Draft"),
    Fulfilment.SUBMITTED: Message("Submitted"),
    Fulfilment.AWAITING_APPROVAL: Message("Awaiting approval"),
    Fulfilment.APPROVED: Message("Approved"),
    Fulfilment.ACCEPTED: Message("Accepted"),
    Fulfilment.IN_PRODUCTION: Message("In production"),
    Fulfilment.PRODUCED: Message("Produced"),
    Fulfilment.PART_SHIPPED: Message("Part shipped"),
    Fulfilment.SHIPPED: Message("Shipped"),
    Fulfilment.DELIVERED: Message("Delivered"),
    Fulfilment.CLOSED: Message("Closed"),
    Fulfilment.REJECTED: Message("Rejected"),
    Fulfilment.ON_HOLD: Message("On hold"),
    Fulfilment.CANCELLED: Message("Cancelled"),
}

BILLING: Mapping[StrEnum, Message] = {
    Billing.UNBILLED: Message("Unbilled"),
    Billing.INVOICED: Message("Invoiced"),
    Billing.PAID: Message("Paid"),
    Billing.CREDITED: Message("Credited"),
    Billing.NOT_BILLABLE: Message("Not billable"),
}

PERSONAL_DATA: Mapping[StrEnum, Message] = {
    PersonalData.NONE: Message("Nothing held"),
    PersonalData.FULL: Message("Kept in full"),
    PersonalData.MINIMISED: Message("Minimised"),
    PersonalData.ERASED: Message("Erased"),
}

STAGE: Mapping[StrEnum, Message] = {
    Stage.COLLECTING: Message("Collecting"),
    Stage.IN_REVIEW: Message("In review"),
    Stage.READY: Message("Ready"),
    Stage.QUEUED: Message("Queued"),
    Stage.BATCHED: Message("In a batch"),
    Stage.ENCODING: Message("Encoding"),
    Stage.PRINTING: Message("Printing"),
    Stage.QC: Message("Quality control"),
    Stage.PRODUCED: Message("Produced"),
    Stage.PACKED: Message("Packed"),
    Stage.SHIPPED: Message("Shipped"),
    Stage.DELIVERED: Message("Delivered"),
    Stage.NOT_DELIVERED: Message("Not delivered"),
    Stage.RETURNED: Message("Returned"),
    Stage.RESHIPPED: Message("Shipped again"),
    Stage.DESTROYED: Message("Destroyed"),
    Stage.CANCELLED: Message("Cancelled"),
}

CARD_STATUS: Mapping[StrEnum, Message] = {
    CardStatus.ISSUED: Message("Issued"),
    CardStatus.ACTIVE: Message("Active"),
    CardStatus.BLOCKED: Message("Blocked"),
    CardStatus.TERMINATED: Message("Terminated"),
    CardStatus.EXPIRED: Message("Expired"),
    CardStatus.REPLACED: Message("Replaced"),
    CardStatus.VOID: Message("Void"),
}

BLOCK_REASON: Mapping[StrEnum, Message] = {
    BlockReason.LOST: Message("Lost"),
    BlockReason.STOLEN: Message("Stolen"),
    BlockReason.DAMAGED: Message("Damaged"),
    BlockReason.LEFT: Message("Left the organisation"),
    BlockReason.FORGOTTEN: Message("Forgotten"),
    BlockReason.UNDELIVERED: Message("Undelivered"),
}

BATCH: Mapping[StrEnum, Message] = {
    BatchState.OPEN: Message("Open"),
    BatchState.CLOSED: Message("Closed"),
    BatchState.SENT: Message("Sent"),
    BatchState.ACKNOWLEDGED: Message("Acknowledged"),
    BatchState.RUNNING: Message("Running"),
    BatchState.RECONCILED: Message("Reconciled"),
    BatchState.REFUSED: Message("Refused"),
}

PHOTO: Mapping[StrEnum, Message] = {
    PhotoState.MISSING: Message("Missing"),
    PhotoState.PENDING: Message("Pending"),
    PhotoState.IN_REVIEW: Message("In review"),
    PhotoState.APPROVED: Message("Approved"),
    PhotoState.RELEASED: Message("Released"),
    PhotoState.REJECTED: Message("Rejected"),
    PhotoState.REPLACED: Message("Replaced"),
    PhotoState.PURGED: Message("Purged"),
}

ROLE: Mapping[StrEnum, Message] = {
    Role.ORDERER: Message("Orderer"),
    Role.APPROVER: Message("Approver"),
    Role.ACCOUNT_ADMIN: Message("Account admin"),
    Role.PRIVACY_OFFICER: Message("Privacy officer"),
    Role.AUDITOR: Message("Auditor"),
    Role.ORDER_DESK: Message("Order desk"),
    Role.PRODUCTION_OPERATOR: Message("Production operator"),
    Role.SHIPPING: Message("Shipping"),
    Role.BILLING: Message("Billing"),
    Role.LAYOUT_DESIGNER: Message("Layout designer"),
    Role.BUREAU_ADMIN: Message("Bureau admin"),
    Role.OWN: Message("Own role"),
}

PERMISSION: Mapping[StrEnum, Message] = {
    Permission.ORDERS_READ: Message("See orders"),
    Permission.ORDERS_CREATE: Message("Order cards"),
    Permission.ORDERS_APPROVE: Message("Approve orders"),
    Permission.ORDERS_ERASE: Message("Remove personal data from orders"),
    Permission.CARDS_READ: Message("See and track cards"),
    Permission.CARDS_BLOCK: Message("Block and unblock cards"),
    Permission.PERSONS_READ: Message("See the persons on cards"),
    Permission.PERSONS_SEARCH: Message("Search for persons"),
    Permission.PERSONS_EXPORT: Message("Export data of persons"),
    Permission.PERSONS_PROTECTED: Message("See persons with protected identity"),
    Permission.TEAM_READ: Message("See the team and its roles"),
    Permission.TEAM_MANAGE: Message("Manage the team and its roles"),
    Permission.ORDERING_MANAGE: Message("Manage delivery addresses and approval"),
    Permission.PRIVACY_READ: Message("See retention and erasures"),
    Permission.PRIVACY_MANAGE: Message("Decide on retention and holds"),
    Permission.BREACHES_MANAGE: Message("Handle personal data breaches"),
    Permission.AUDIT_READ: Message("Read the log"),
    Permission.FILES_READ: Message("See which files there are"),
    Permission.FILES_USE: Message("Open, send and remove files"),
    Permission.FILES_MANAGE: Message("Manage credentials of the file server"),
    Permission.AGREEMENTS_READ: Message("See agreements"),
    Permission.AGREEMENTS_ACCEPT: Message("Accept agreements"),
    Permission.DESK_READ: Message("See the order desk"),
    Permission.DESK_DECIDE: Message("Accept and reject orders"),
    Permission.PRODUCTION_READ: Message("See production"),
    Permission.PRODUCTION_WORK: Message("Work in production"),
    Permission.SHIPPING_READ: Message("See shipping"),
    Permission.SHIPPING_WORK: Message("Work in shipping"),
    Permission.BILLING_READ: Message("See billing"),
    Permission.BILLING_WORK: Message("Invoice and credit"),
    Permission.LAYOUTS_MANAGE: Message("Manage articles and layouts"),
    Permission.CUSTOMERS_MANAGE: Message("Manage customers"),
    Permission.STAFF_MANAGE: Message("Manage bureau staff"),
    Permission.MAIL_READ: Message("See mail that is sent"),
}

_ALL = (FULFILMENT, BILLING, PERSONAL_DATA, STAGE, CARD_STATUS, BLOCK_REASON, BATCH, PHOTO, ROLE, PERMISSION)
# A StrEnum equals its text, and "closed" is a state of two things: the type is part of the key.
_WORDS: Mapping[tuple[type[StrEnum], str], Message] = {
    (type(member), member.value): word for table in _ALL for member, word in table.items()
}


def word_for(value: str) -> Message | None:
    """The word for a member of one of the lifecycles, or None for any other text."""
    return _WORDS.get((type(value), str(value))) if isinstance(value, StrEnum) else None


KIND: Mapping[RetentionClass, Message] = {
    RetentionClass.NAME: Message("Name"),
    RetentionClass.PERSONAL_NUMBER: Message("Personal number"),
    RetentionClass.PHOTO: Message("Photo"),
    RetentionClass.ADDRESS: Message("Address"),
    RetentionClass.CARD_NUMBER: Message("Card number"),
    RetentionClass.OTHER: Message("Other data"),
}
"""Kinds of personal data, as retention tells them apart."""
