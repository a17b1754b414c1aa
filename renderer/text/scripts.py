"""Scripts: which one a character is of, and those whose letters are written joined."""

from functools import lru_cache

import uharfbuzz as hb

# By their codes in ISO 15924. Joined at their sides, or by a line above: a word of them is never torn apart.
JOINED = {
    "Adlm": "Adlam",
    "Arab": "Arabic",
    "Beng": "Bengali",
    "Deva": "Devanagari",
    "Guru": "Gurmukhi",
    "Mand": "Mandaic",
    "Mong": "Mongolian",
    "Nkoo": "N’Ko",
    "Phag": "Phags-pa",
    "Rohg": "Hanifi Rohingya",
    "Syrc": "Syriac",
}


@lru_cache(maxsize=4096)
def script_of(character: str) -> str | None:
    """Its code; None of what many scripts share, such as punctuation."""
    buffer = hb.Buffer()
    buffer.add_str(character)
    buffer.guess_segment_properties()
    script: str | None = buffer.script
    return script


def is_joined(character: str) -> bool:
    return script_of(character) in JOINED and not character.isdecimal()
