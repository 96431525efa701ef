"""SQLModel tables, one module per capability; importing the package registers them all."""

from nexus_portal.models import (
    accounts,
    audit,
    billing,
    cards,
    erasures,
    holder_links,
    imports,
    layouts,
    orders,
    outbox,
    people,
    production,
    sessions,
    shipping,
    vault,
    views,
)

__all__ = [
    "accounts",
    "audit",
    "billing",
    "cards",
    "erasures",
    "holder_links",
    "imports",
    "layouts",
    "orders",
    "outbox",
    "people",
    "production",
    "sessions",
    "shipping",
    "vault",
    "views",
]
