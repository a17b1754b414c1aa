"""What an operator may set: a mistake is refused at the start, by name, with what would be right."""

import pytest

from app.settings import SettingsError, load


def test_a_misspelt_setting_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="CLIPYARD_PROT is not a setting"):
        load({"CLIPYARD_PROT": "8000"})


@pytest.mark.parametrize(
    ("setting", "values", "wanted"),
    [
        ("PORT", ["eighty", "65536", "-1"], "a whole number from 0 to 65535."),
        ("RATE_LIMIT", ["-1", "1.5"], "a whole number of at least 0."),
        ("LEASE_SECONDS", ["0", "soon"], "a number from 1 to 600."),
        ("SIGNUP", ["yes"], "one of: closed, open."),
        ("BILLING", ["ON"], "one of: off, on."),
        ("LOG_FORMAT", ["xml"], "one of: auto, json, text."),
        ("ALLOW_PRIVATE_ADDRESSES", ["yes"], "1 or 0."),
        ("QUEUE_PREFIX", ["a b", "ab\n", "x" * 65], '1 to 64 letters, digits or "._-".'),
        ("BOOTSTRAP_KEY", ["x" * 15, "with a space in it", "línea" * 4, "x" * 16 + "\t"], "at least 16 characters of"),
        ("PUBLIC_URL", ["clips.example", "//clips.example", "ftp://clips.example", "https://a@b", "https://a b", "http://",
                        "https://a/?b"], "an address such as https://clips.example.com."),
        ("CORS_ORIGINS", ["app.example", "https://a.example/page", "https://a.example, b.example", "null",
                          "https://a.example https://b.example"], "origins such as https://app.example.com (no path)"),
        ("DATABASE_URL", ["/var/clips.sqlite", "mysql://secret@host/clips"], "of the form postgres://user"),
        ("BROKER_URL", ["redis://host"], "of the form amqp://user"),
    ],
)  # fmt: skip
def test_what_a_setting_cannot_be_is_answered_with_what_it_has_to_be(
    setting: str, values: list[str], wanted: str
) -> None:
    for value in values:
        with pytest.raises(SettingsError) as refusal:
            load({f"CLIPYARD_{setting}": value})
        assert str(refusal.value).startswith(f"CLIPYARD_{setting} has to be {wanted}"), value
        assert "secret" not in str(refusal.value), "it may hold a password"


def test_addresses_are_taken_as_operators_write_them() -> None:
    origins = "https://App.Example/ , http://localhost:3000,https://*.example.com, *"
    settings = load({"CLIPYARD_CORS_ORIGINS": origins, "CLIPYARD_PUBLIC_URL": "https://clips.example:8443/video/"})
    assert settings.allowed_origins == ["https://app.example", "http://localhost:3000", "https://*.example.com", "*"]
    assert settings.base_url == "https://clips.example:8443/video"
    assert load({"CLIPYARD_PUBLIC_URL": "http://[::1]:8000"}).base_url == "http://[::1]:8000"
