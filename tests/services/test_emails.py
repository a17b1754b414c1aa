"""E-mail addresses in one spelling."""

import pytest

from app.errors import InvalidInput
from app.services.emails import normalised


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("ann+clips@localhost", "ann+clips@localhost"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_spelling(given: str, kept: str) -> None:
    assert normalised(given) == kept


@pytest.mark.parametrize("given", ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@-x.com", "ann@x..com"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        normalised(given)


def test_a_domain_that_would_become_another_one_is_refused() -> None:
    with pytest.raises(InvalidInput):
        normalised("ann@straße.example")


def test_an_endless_address_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput):  # normalised, its marks would take minutes
        normalised("a@" + "\u0300\u0316" * 500_000)
