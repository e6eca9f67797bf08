"""sessions, seals

Revision ID: 0018
Revises: 0017
"""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SESSION = sa.table(
    "session",
    sa.column("id", sa.Integer),
    sa.column("user_id", sa.Integer),
    sa.column("public_id", sa.String),
    sa.column("seen_at", sa.DateTime),
)


def upgrade() -> None:
    """Apply this migration; who is signed in stays so, as if seen just now."""
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("browser", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(), nullable=True))

    connection, now = op.get_bind(), datetime.now(UTC).replace(tzinfo=None)
    for (key,) in connection.execute(sa.select(SESSION.c.id)).all():
        named = SESSION.update().where(SESSION.c.id == key).values(public_id=secrets.token_urlsafe(12))
        connection.execute(named)
    connection.execute(SESSION.update().where(SESSION.c.user_id.is_not(None)).values(seen_at=now))

    # Answers that were masked in the way of before: that a request was answered stays known, what with does not.
    answered = sa.table("idempotency_key", sa.column("body", sa.JSON(none_as_null=True)))
    connection.execute(answered.update().values(body=None))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.alter_column("public_id", existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_session_public_id"), ["public_id"])


def downgrade() -> None:
    """Take this migration back."""
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_session_public_id"), type_="unique")
        batch_op.drop_column("seen_at")
        batch_op.drop_column("browser")
        batch_op.drop_column("public_id")
