"""Amounts of money: whole micro-dollars everywhere inside, dollars in what people and programs read and write."""

import re

from app.errors import InvalidInput

MICROS = 1_000_000
MOST = 1_000_000 * MICROS
"""The largest amount that one command may move: a typo should not become a fortune."""
_AMOUNT = re.compile(r"\$?([0-9]{1,12})(?:\.([0-9]{1,6}))?", re.ASCII)


def cents(count: int) -> int:
    return count * (MICROS // 100)


def dollars(amount: int) -> float:
    """As answers tell it: a JSON number."""
    return amount / MICROS


def shown(amount: int) -> str:
    """`$0.02`, `-$1.234567`: with as many digits after the point as the amount has, at least two."""
    whole, rest = divmod(abs(amount), MICROS)
    digits = f"{rest:06}".rstrip("0")
    return f"{'-' if amount < 0 else ''}${whole:,}.{digits:0<2}"


def parsed(text: str) -> int:
    """`5`, `12.50` or `$0.02`. Raises InvalidInput for what is no amount, nothing, or more than MOST."""
    match = _AMOUNT.fullmatch(text)
    amount = int(match[1]) * MICROS + int((match[2] or "").ljust(6, "0")) if match else 0
    if not 0 < amount <= MOST:
        raise InvalidInput(f'"{text[:40]}" is not an amount in dollars such as 5 or 12.50, at most {shown(MOST)}.')
    return amount
