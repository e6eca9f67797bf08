"""How many requests who made in which minute; kept together for all processes of an installation."""

from sqlmodel import Field, SQLModel


class RateLimit(SQLModel, table=True):
    """Requests handed out to a subject in one window (its start, seconds of the epoch). Of the installation.

    A subject is a kind with a key or a hash: never an address, a name or a token.
    """

    __tablename__ = "rate_limit"
    subject: str = Field(primary_key=True)
    window: int = Field(primary_key=True)
    used: int = 0
