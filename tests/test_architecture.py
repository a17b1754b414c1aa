"""What the code base promises about its own shape."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from app.api import shared_paths
from app.asgi import ROUTERS
from app.specs import QUEUE_OF_KIND
from workers.main import KINDS

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for package in ("app", "renderer", "workers") for path in (ROOT / package).rglob("*.py"))
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in SOURCES}


def words(text: str) -> set[str]:
    return set(re.findall(r"CLIPYARD_|[a-z]+", text))


def bodies() -> list[tuple[int, str]]:
    """Lines of every function's body without its docstring, with its place."""
    found = []
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                statements = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (node.end_lineno or 0) - statements[0].lineno + 1 if statements else 0
                found.append((lines, f"{name}:{node.lineno} {node.name}"))
    return sorted(found, reverse=True)


def test_functions_are_short() -> None:
    sizes = [lines for lines, _ in bodies()]
    long = [place for lines, place in bodies() if lines > 40]
    assert sizes[len(sizes) // 10] <= 25, "nine of ten functions have at most 25 lines"
    assert len(long) <= len(sizes) * 0.03, long


def test_no_file_is_too_long_to_read_in_one_sitting() -> None:
    assert {name: lines for name in TREES if (lines := (ROOT / name).read_text().count("\n")) > 400} == {}


def test_no_module_is_named_after_what_it_is_not() -> None:
    dumping_grounds = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
    assert [path for path in SOURCES if path.stem in dumping_grounds] == []


def test_every_module_says_what_it_owns() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_every_kind_of_job_has_its_steps_and_its_queue() -> None:
    assert set(KINDS) == set(QUEUE_OF_KIND)


def test_only_the_settings_read_our_variables_from_the_environment() -> None:
    readers = [name for name in TREES if {"CLIPYARD_", "environ"} <= words((ROOT / name).read_text())]
    assert set(readers) <= {"app/settings.py", "app/demo.py"}


@pytest.mark.parametrize("name", [name for name in TREES if name.startswith("renderer/")])
def test_the_renderer_reads_no_environment_and_opens_no_connection(name: str) -> None:
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([ast.alias(node.module or "")] if isinstance(node, ast.ImportFrom) else node.names)
    }
    assert not imported & {"socket", "urllib", "http", "aiohttp", "httpx", "requests"}
    assert "os.environ" not in (ROOT / name).read_text()


def test_broad_excepts_stand_only_where_foreign_code_ends() -> None:
    broad = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert len(broad) <= 7, broad


def routed() -> list[tuple[str, str, int]]:
    """Method and path of every handler, whatever its parameters are called, and the number of its router."""
    return [
        (method, re.sub(r"\{[^}]+\}", "{}", route.path), number)
        for number, router in enumerate(ROUTERS)
        for route in router.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    ]


def test_no_handler_stands_in_the_way_of_another() -> None:
    """Litestar would not say so: one of them is never called."""
    counted = Counter((method, path) for method, path, _ in routed())
    assert [place for place, count in counted.items() if count > 1] == []


def test_a_path_that_two_dialects_share_lives_in_one_place() -> None:
    routers = {(path, number) for _, path, number in routed()}
    shared = [path for path, count in Counter(path for path, _ in routers).items() if count > 1]
    assert shared == [], "name its handlers in app/api/shared_paths.py instead"
    assert "/v1/account" in {route.path for route in shared_paths.router.routes}
