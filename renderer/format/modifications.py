"""A caller's changes to a template: data first, so that repeated scenes exist, then modifications by name."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from renderer.errors import Problem, TemplateError
from renderer.format.filling import fill
from renderer.format.limits import check_json, check_limits
from renderer.format.names import did_you_mean
from renderer.format.objects import OBJECT_KINDS
from renderer.format.oversights import oversights
from renderer.format.refusals import (
    MAX_PROBLEMS,
    Mistakes,
    property_names,
    refused_for,
    structured,
    unknown_property,
)
from renderer.format.template import Scene, Template, read, unknown_families
from renderer.format.timeline import check_times

_EXAMPLE = {"scene": "Intro", "object": "title", "text": "Hello"}
Modification = Annotated[dict[str, Any], Meta(examples=[_EXAMPLE])]
Modifications = Annotated[list[Any], Meta(examples=[[_EXAMPLE]])]  # each is looked at by `apply`

MAX_MODIFICATIONS = 500
_OF_TEMPLATE = ("title", "background-color", "loudness")  # of the template itself; its size is the output's matter
_FIXED = {"type", "name", "objects", "repeat"}
_UNKNOWN = {"unknown_scene", "unknown_object", "ambiguous_object", "unknown_property"}
_ALIASES = {
    ("image", "media-url"): "src",
    ("video", "media-url"): "src",
    ("audio", "media-url"): "src",
    ("image", "background-image"): "src",
}


class Applied(Struct, frozen=True, kw_only=True):
    """The template as it is to be rendered, the JSON it was read from, and what the caller should know."""

    template: Template
    raw: dict[str, Any]
    warnings: list[str]


def apply(
    raw: object,
    modifications: object = (),
    data: object = None,
    strict: bool = True,
    families: Iterable[str] = (),
) -> Applied:
    """`raw` is left as it is. TemplateError collects every unknown name, its paths `modifications[i].…`.

    With `strict` false unknown scenes, objects, properties, placeholders and font families become warnings and
    the rest is applied; values of a wrong kind are errors either way. `families` are there beside the bundled
    ones and those that the template brings.
    """
    if data is not None and not isinstance(data, dict):
        raise _refused("invalid_value", "data", "expected an object of names and values")
    check_json(data or {}, "data")
    filled, mistakes = fill(check_limits(raw), data), Mistakes()
    if strict:
        mistakes.note(filled.problems, "invalid_value")
    if filled.repeated:  # places are those in the repeated scenes from here on
        mistakes.check()
    reading = read(filled.raw, mistakes)
    template, changes, noticed = reading.template, _Changes(reading.raw), list[str]()
    if not reading.refused:  # what is left out may be what a modification addresses
        with mistakes.noted():
            noticed = changes.made(_listed(modifications), strict)
        if changes.origins:
            template = changes.read(template, mistakes)
    with mistakes.noted(changes.traced):
        check_times(template, reading.refused)
    unknown = unknown_families(template, families)
    if strict and not any(problem.path.startswith("fonts") for problem in reading.refused):
        mistakes.note(changes.traced(unknown)[:MAX_PROBLEMS], "unknown_font")
    mistakes.check()
    warnings = [*filled.unused, *map(_sentence, filled.problems), *noticed]
    told = [*unknown, *changes.traced(oversights(template))]
    return Applied(template=template, raw=filled.raw, warnings=[*warnings, *map(_sentence, told)])


class _Target(NamedTuple):
    """A scene or an object that a modification can address."""

    path: str
    scene: str | None  # None for the template itself and its own sounds
    name: str | None  # None for the template or the scene itself
    full_name: str  # "Card/Title" for what lies in a group
    raw: dict[str, Any]
    kind: type[Struct]

    @property
    def label(self) -> str:
        whole = f'scene "{self.scene}"' if self.scene is not None else "the template"
        return whole if self.name is None else f'"{self.full_name}" of {whole}'


class _Changes:
    """Makes modifications to a raw template in place; keeps what was refused and where values are from."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.scenes = {target.scene: target for target in _scenes(raw)}
        self.objects = [*_sounds(raw), *(obj for scene in self.scenes.values() for obj in _objects(scene))]
        self.called: dict[str, list[_Target]] = {}
        for obj in self.objects:
            for name in {obj.full_name, obj.name or ""}:
                self.called.setdefault(name, []).append(obj)
        self.refused: list[TemplateError] = []
        self.notes: list[str] = []
        self.origins: dict[str, str] = {}  # path in the template → path in the modifications

    def made(self, modifications: Iterable[dict[str, Any]], strict: bool) -> list[str]:
        """Makes them all and answers what may be passed over; raises the rest in one TemplateError."""
        for index, modification in enumerate(modifications):
            self._make(modification, f"modifications[{index}]")
        fatal = [error for error in self.refused if strict or error.code not in _UNKNOWN]
        if fatal:
            raise refused_for([problem for error in fatal for problem in error.problems], fatal[0].code)
        return [_sentence(problem) for error in self.refused for problem in error.problems] + self.notes

    def read(self, template: Template, mistakes: Mistakes) -> Template:
        """The changed template; a fault that a modification brought in is noted as the modification's."""
        own = Mistakes()
        with mistakes.noted(self.traced):
            template = read(self.raw, own).template
            own.check()
        return template

    def _make(self, modification: dict[str, Any], path: str) -> None:
        try:
            target = self._target(modification, path)
        except TemplateError as error:
            self.refused.append(error)
            return
        for name, value in modification.items():
            if name in ("scene", "object"):
                continue
            try:
                self._set(target, name, value, f"{path}.{name}")
            except TemplateError as error:
                self.refused.append(error)

    def traced(self, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems, with the paths of the modifications that brought them in."""
        return [self._traced(problem) for problem in problems]

    def _traced(self, problem: Problem) -> Problem:
        for path, origin in self.origins.items():
            if problem.path == path or problem.path.startswith((f"{path}.", f"{path}[")):
                return Problem(origin + problem.path[len(path) :], problem.message)
        return problem

    def _set(self, target: _Target, name: str, value: object, path: str) -> None:
        kebab = _kebab(name)
        tag = str(target.kind.__struct_config__.tag)
        kebab = _ALIASES.get((tag, kebab), kebab)
        if kebab in _FIXED:
            raise _refused("unknown_property", path, f'{target.label}: "{kebab}" cannot be changed')
        fields = {field.encode_name: field for field in msgspec.structs.fields(target.kind)}
        if kebab not in fields:
            known = [known for known in property_names(target.kind) if known not in _FIXED]
            raise _refused("unknown_property", path, f"{target.label}: {unknown_property(name, target.kind, known)}")
        self._check(target, fields[kebab].type, value, path)
        if any(kebab in keyframe for keyframe in target.raw.get("keyframes", ())):
            self.notes.append(f"{path}: {target.label} has keyframes for {kebab}, and they decide.")
        target.raw[kebab] = msgspec.to_builtins(value)
        self.origins[f"{target.path}.{kebab}".lstrip(".")] = path

    def _check(self, target: _Target, kind: Any, value: object, path: str) -> None:
        try:
            structured(value, kind, path)
        except TemplateError as error:
            problems = [Problem(p.path, f"{target.label}: {p.message}") for p in error.problems]
            raise refused_for(problems, error.code) from error

    def _target(self, modification: dict[str, Any], path: str) -> _Target:
        scene, name = (modification.get(key) for key in ("scene", "object"))
        for key, value in (("scene", scene), ("object", name)):
            if value is not None and not isinstance(value, str):
                raise _refused("invalid_value", f"{path}.{key}", f"the name of {_a(key)} is text")
        if scene is None and name is None:
            return self._template(modification, path)
        if scene is not None and scene not in self.scenes:
            message = _no_such("scene", scene, (known for known in self.scenes if known), "the template")
            raise _refused("unknown_scene", f"{path}.scene", message)
        return self._object(scene, name, f"{path}.object") if name is not None else self.scenes[scene]

    def _template(self, modification: dict[str, Any], path: str) -> _Target:
        if not modification or not all(_kebab(name) in _OF_TEMPLATE for name in modification):
            own = f"of the template itself only {', '.join(_OF_TEMPLATE)} can be"
            raise _refused("invalid_value", path, f'say which "scene" or "object" is to be changed; {own}')
        return _Target("", None, None, "", self.raw, Template)

    def _object(self, scene: str | None, name: str, path: str) -> _Target:
        found = self._named(name, scene)
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(obj.label for obj in found[:10])
            how = 'add its "scene"' if scene is None else "name its group too, as in Group/Name"
            raise _refused("ambiguous_object", path, f'"{name}" is the name of several objects ({places}): {how}')
        where = f'scene "{scene}"' if scene is not None else "the template"
        elsewhere = self._named(name, None)
        if elsewhere:
            message = f'{where} has no object "{name}"; did you mean {elsewhere[0].label}?'
        else:
            known = (obj.full_name for obj in self.objects if scene is None or obj.scene == scene)
            message = _no_such("object", name, known, where)
        raise _refused("unknown_object", path, message)

    def _named(self, name: str, scene: str | None) -> list[_Target]:
        """In one scene or in all; by their full names, else by their own."""
        called = [obj for obj in self.called.get(name, ()) if scene is None or obj.scene == scene]
        return [obj for obj in called if obj.full_name == name] or called


def _listed(modifications: object) -> list[dict[str, Any]]:
    given: list[Any] = structured(modifications, Modifications, "modifications")
    if len(given) > MAX_MODIFICATIONS:
        message = f"there are {len(given)}; at most {MAX_MODIFICATIONS} are allowed"
        raise _refused("template_too_large", "modifications", message)
    check_json(given, "modifications")
    return [
        structured(modification, Modification, f"modifications[{index}]") for index, modification in enumerate(given)
    ]


def _scenes(raw: dict[str, Any]) -> Iterator[_Target]:
    """A scene without a name is called by its place: "Scene 2"."""
    taken = {scene.get("name") for scene in raw["scenes"]}
    for index, scene in enumerate(raw["scenes"]):
        name = scene.get("name") or f"Scene {index + 1}"
        if scene.get("name") or name not in taken:
            yield _Target(f"scenes[{index}]", name, None, "", scene, Scene)


def _objects(owner: _Target) -> Iterator[_Target]:
    """Those with a name, and those in groups, whose full names go through the groups that have one."""
    for index, obj in enumerate(owner.raw.get("objects", ())):
        name = obj.get("name")
        full = "/".join(part for part in (owner.full_name, name) if part)
        path = f"{owner.path}.objects[{index}]"
        target = _Target(path, owner.scene, name or "", full, obj, OBJECT_KINDS[obj["type"]])
        if name:
            yield target
        if obj["type"] == "group":
            yield from _objects(target)


def _sounds(raw: dict[str, Any]) -> Iterator[_Target]:
    for index, sound in enumerate(raw.get("audio", ())):
        if name := sound.get("name"):
            yield _Target(f"audio[{index}]", None, name, name, sound, OBJECT_KINDS["audio"])


def _no_such(what: str, name: str, known: Iterable[str], where: str) -> str:
    names = list(islice(dict.fromkeys(islice(known, 200)), 40))
    there = f"There is: {', '.join(names)}." if names else f"There is no {what} with a name."
    return f'{where} has no {what} "{name[:100]}"{did_you_mean(name, names)} {there}'


def _kebab(name: str) -> str:
    return name.replace("_", "-").lower()


def _a(noun: str) -> str:
    return f"an {noun}" if noun == "object" else f"a {noun}"


def _sentence(problem: Problem) -> str:
    return f"{problem.path}: {problem.message}"


def _refused(code: str, path: str, message: str) -> TemplateError:
    return refused_for([Problem(path, message)], code)
