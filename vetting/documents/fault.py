"""Why a file cannot be used."""


class Unreadable(Exception):
    """The end of a sentence that begins with the file's name: 'is protected by a password; save it without one'."""
