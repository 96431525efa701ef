"""Words of orders that kept none.

Orders whose reference or cost centre was written on the page were found by no word of it.
"""

import sqlalchemy as sa
from alembic import op

from nexus_portal.domain.order_words import words_of

revision: str = "0016"
down_revision: str | None = "0015"

CHUNK = 5000


def upgrade() -> None:
    """Bring the database one revision forward; the way back is the backup."""
    orders = sa.table(
        "orders", *map(sa.column, ("serial", "reference", "cost_centre")), sa.column("account_id", sa.Uuid())
    )
    kept = sa.table("order_words", sa.column("account_id", sa.Uuid()), sa.column("serial"), sa.column("word"))
    connection, last = op.get_bind(), -1
    described = sa.or_(orders.c.reference != "", orders.c.cost_centre != "")
    while True:
        query = sa.select(orders).where(orders.c.serial > last, described)
        found = connection.execute(query.order_by(orders.c.serial).limit(CHUNK)).all()
        if not found:
            return
        before, last = last, found[-1].serial
        there = connection.execute(sa.select(kept).where(kept.c.serial > before, kept.c.serial <= last))
        known = {(word.account_id, word.serial, word.word) for word in there}
        rows = [
            {"account_id": order.account_id, "serial": order.serial, "word": word}
            for order in found
            for word in words_of(order.reference, order.cost_centre)
            if (order.account_id, order.serial, word) not in known
        ]
        if rows:
            connection.execute(sa.insert(kept), rows)
