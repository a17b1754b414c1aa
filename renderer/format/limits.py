"""What a template may be at most, counted on the raw JSON before anything costly is done with it."""

from typing import Any

from renderer.errors import Problem, TemplateError
from renderer.format.addresses import MAX_DATA

MAX_SCENES = 200
MAX_OBJECTS = 2_000
MAX_GROUPS = 8  # a group in a group in a group …
MAX_VALUES = 200_000  # numbers, strings, lists and objects of the JSON in all: 0.15 s to look at
MAX_DEPTH = 64
MAX_STRING = 20_000
MAX_KEY = 200
MAX_NUMBER = 2**53

_Step = tuple["_Step | None", "str | int"]  # the path of a value, from its end


def check_limits(raw: object) -> dict[str, Any]:
    """`raw` itself, when it is JSON of a size that is worth reading; TemplateError otherwise."""
    if not isinstance(raw, dict):
        raise TemplateError("invalid_template", "A template is a JSON object with scenes in it.")
    if "template" in raw and "scenes" not in raw:
        message = 'This is a request, not a template: give only what its "template" is.'
        raise TemplateError("invalid_template", message)
    scenes = raw.get("scenes")
    if isinstance(scenes, list):
        if len(scenes) > MAX_SCENES:
            raise too_large(f"The template has {len(scenes)} scenes; at most {MAX_SCENES} are allowed.")
        count = sum(count_objects(scene, f"scenes[{i}]") for i, scene in enumerate(scenes))
        if count > MAX_OBJECTS:
            raise too_large(f"The template has {count} objects; at most {MAX_OBJECTS} are allowed.")
    check_json(raw)
    return raw


def check_json(raw: object, at: str = "") -> int:
    """How many values there are. TemplateError where one is not JSON, not finite or not proper text."""
    count = 1
    _check_value(raw, None, at)
    stack: list[tuple[object, _Step | None, int]] = [(raw, None, 0)]
    while stack:
        owner, path, depth = stack.pop()
        if not isinstance(owner, dict | list):
            continue
        count += len(owner)
        if count > MAX_VALUES:
            raise too_large(f"The JSON has more than {MAX_VALUES:,} values.")
        if depth >= MAX_DEPTH:
            raise too_large(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        for key, value in owner.items() if isinstance(owner, dict) else enumerate(owner):
            here = (path, key)
            _check_value(value, here, at)
            if isinstance(value, dict | list):
                stack.append((value, here, depth + 1))
    return count


def _check_value(value: object, path: _Step | None, at: str) -> None:
    fault = _fault(value)
    if fault:
        where = _written(path, at)
        raise TemplateError("invalid_value", f"{where or 'template'}: {fault}", (Problem(where, fault),))


def count_objects(parent: object, path: str) -> int:
    """Those of a raw scene, with what lies in its groups."""
    count = 0
    level = [parent]
    for depth in range(MAX_GROUPS + 2):
        lists = [p["objects"] for p in level if isinstance(p, dict) and isinstance(p.get("objects"), list)]
        level = [child for children in lists for child in children]
        count += len(level)
        if not level or count > MAX_OBJECTS * 100:
            return count
        if depth > MAX_GROUPS:
            break
    raise too_large(f"{path}: groups lie in groups more than {MAX_GROUPS} deep.")


def _fault(value: object) -> str | None:
    if isinstance(value, str):
        return _string_fault(value)
    if value is None or isinstance(value, bool | list):
        return None
    if isinstance(value, int | float):
        return None if abs(value) <= MAX_NUMBER else "a number is finite and at most 2^53"
    if isinstance(value, dict):
        return next(filter(None, map(_key_fault, value)), None)
    return "only JSON values are allowed"


def _key_fault(key: object) -> str | None:
    if not isinstance(key, str) or len(key) > MAX_KEY:
        return f"the names of properties are texts of at most {MAX_KEY} characters"
    return _string_fault(key)


def _string_fault(text: str) -> str | None:
    if len(text) > MAX_STRING and not (text.startswith("data:") and len(text) <= MAX_DATA * 2):
        return f"this text has {len(text):,} characters; at most {MAX_STRING:,} are allowed"
    if "\0" in text:
        return "text may not contain the null character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "text may not contain half of a surrogate pair"
    return None


def _written(path: _Step | None, at: str) -> str:
    steps: list[str] = []
    while path is not None:
        path, key = path
        steps.append(f"[{key}]" if isinstance(key, int) else f".{key}")
    whole = at + "".join(reversed(steps))
    return whole.lstrip(".").encode(errors="replace").decode().replace("\0", "?")[:500]


def too_large(sentence: str) -> TemplateError:
    return TemplateError("template_too_large", sentence)
