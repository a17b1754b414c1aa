"""What may stand where a template names a picture, video or sound. Nothing is opened here."""

import re

MAX_ADDRESS = 4_096
MAX_DATA = 1_000_000
_DATA = re.compile(r"data:[\w.+-]{1,80}/[\w.+-]{1,80}(?:;[\w.+-]{1,80}=[\w.+-]{1,80})*;base64,", re.ASCII | re.I)


def address_fault(address: str) -> str | None:
    """What is wrong with it, as a sentence; None when it is an https, http, asset, data or relative one."""
    scheme = re.match(r"[a-z][a-z0-9+.-]*:", address, re.I)
    word = scheme[0].lower() if scheme else ""
    if word == "data:":
        return _data_fault(address)
    if len(address) > MAX_ADDRESS:
        return f"an address has at most {MAX_ADDRESS} characters, not {len(address)}"
    if word in ("http:", "https:"):
        whole = re.fullmatch(r"https?://[^\s/?#\\]+[^\s]*", address, re.I)
        return None if whole else "a web address is https:// and a host, without spaces"
    if word == "asset:":
        whole = re.fullmatch(r"asset:[\w-]{1,100}", address, re.ASCII)
        return None if whole else "an asset is written asset:ID, its ID in letters, digits, - and _"
    if word:
        return f'"{word[:20]}" is not supported; use https://, http://, asset:, data: or a relative path'
    return _path_fault(address)


def _data_fault(address: str) -> str | None:
    prefix = _DATA.match(address)
    if prefix is None:
        return "embedded data is written data:<type>;base64,<data>"
    if (len(address) - prefix.end()) * 3 // 4 > MAX_DATA:
        return f"embedded data may have at most {MAX_DATA:,} bytes; upload it and use asset:ID instead"
    data = address[prefix.end() :]
    whole = len(data) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", data)
    return None if whole else "the embedded data is not base64, or a part of it is missing"


def _path_fault(address: str) -> str | None:
    if address.startswith(("/", "~")) or "\\" in address or ".." in address.split("/"):
        return "a path is relative to the template and stays below it: no leading /, no .. and no backslash"
    return None
