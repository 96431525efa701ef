"""SQLModel tables, one module per capability; importing the package registers them all."""

from nexus_portal.models import (
    accounts,
    audit,
    billing,
    cards,
    erasures,
    imports,
    layouts,
    orders,
    outbox,
    people,
    production,
    sessions,
    shipping,
    vault,
)

__all__ = [
    "accounts",
    "audit",
    "billing",
    "cards",
    "erasures",
    "imports",
    "layouts",
    "orders",
    "outbox",
    "people",
    "production",
    "sessions",
    "shipping",
    "vault",
]
