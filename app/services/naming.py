"""Names that people give to what is theirs."""

from app.errors import InvalidInput, Problem


def checked(name: str, most: int, path: str = "name") -> str:
    """The name, trimmed. Raises InvalidInput, at that path, unless it has 1 to `most` printable characters."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= most or not trimmed.isprintable():
        message = f"A name has 1 to {most} characters that can be printed."
        raise InvalidInput(message, fields=(Problem(path, message),))
    return trimmed
