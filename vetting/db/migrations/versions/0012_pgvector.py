"""pgvector

Revision ID: 0012
Revises: 0011

On PostgreSQL with the extension `vector`, the tables of the index that lives there; elsewhere nothing. Who may not make
the extension, or has none, goes on without: the index makes them when it is first asked for.
"""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

TABLES = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE IF NOT EXISTS profile_vector (
    item_id bigint PRIMARY KEY, organisation_id integer NOT NULL, candidate_id integer NOT NULL,
    sha256 text NOT NULL, embedder text NOT NULL, embedding vector NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_profile_vector_organisation_id_candidate_id
    ON profile_vector (organisation_id, candidate_id);
CREATE TABLE IF NOT EXISTS profile_vector_state (
    organisation_id integer, embedder text, revision integer NOT NULL, items integer NOT NULL, people integer NOT NULL,
    width integer, recall real, PRIMARY KEY (organisation_id, embedder)
);
"""


def upgrade() -> None:
    """Apply this migration."""
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(
            f"DO $$ BEGIN {TABLES} EXCEPTION "
            "WHEN insufficient_privilege OR feature_not_supported OR undefined_file OR undefined_object THEN NULL; END $$"
        )


def downgrade() -> None:
    """Take this migration back."""
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TABLE IF EXISTS profile_vector, profile_vector_state')
