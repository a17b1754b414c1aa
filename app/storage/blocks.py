"""What comes in pieces of any size, as blocks of one size: one hop to a thread, or one part, each."""

from collections.abc import AsyncIterator

from app.errors import InvalidInput, TooLarge


async def blocks(chunks: AsyncIterator[bytes], size: int, *, max_bytes: int) -> AsyncIterator[bytes]:
    """All of `size` but the last; none when nothing comes. Raises TooLarge, before what is too much was kept."""
    pieces, held, received = list[memoryview](), 0, 0
    async for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise TooLarge(f"This file may have at most {max_bytes:,} bytes.")
        left = memoryview(chunk)
        while held + len(left) >= size:
            yield _joined(pieces, left[: size - held])
            left, held = left[size - held :], 0
        if left:
            pieces.append(left)
            held += len(left)
    if pieces:
        yield _joined(pieces, memoryview(b""))


def _joined(pieces: list[memoryview], last: memoryview) -> bytes:
    """All in one, of which nothing is kept here while the block is at work."""
    block = b"".join((*pieces, last))
    pieces.clear()
    return block


def check_size(arrived: int, size: int) -> None:
    """Raises InvalidInput unless all that was announced has arrived, and no more."""
    if arrived != size:
        message = f"{arrived:,} bytes arrived, and {size:,} were announced. Send them again."
        raise InvalidInput(message, code="wrong_size")
