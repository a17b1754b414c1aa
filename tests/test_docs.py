"""The README, compose file and Docker image say what the code does."""

import re
from pathlib import Path

import yaml

from app.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
VARIABLES = {f"CLIPYARD_{field.upper()}" for field in Settings.__struct_fields__}


def test_the_settings_table_names_every_setting_and_no_other() -> None:
    rows = set(re.findall(r"^\| `(CLIPYARD_\w+)`", README, re.MULTILINE))
    assert rows == VARIABLES


def test_the_settings_table_tells_the_true_defaults() -> None:
    defaults = dict(zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True))
    for name, told in re.findall(r"^\| `(CLIPYARD_\w+)` \| `([^`]*)` \|", README, re.MULTILINE):
        value = defaults[name.removeprefix("CLIPYARD_").lower()]
        assert told == ({True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)), name


def test_compose_sets_only_what_exists() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert set(compose["x-clipyard"]["environment"]) <= VARIABLES
    assert set(compose["services"]["api"]["environment"]) <= VARIABLES
    assert set(compose["services"]) == {"api", "worker", "migrate", "postgres", "rabbitmq", "storage"}
    for name in ("postgres", "rabbitmq", "storage"):
        assert compose["services"][name]["healthcheck"]
        assert compose["services"][name]["volumes"]


def test_compose_has_no_secret_of_its_own_for_what_it_publishes() -> None:
    text = (ROOT / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    assert required == {"CLIPYARD_SECRET", "CLIPYARD_S3_SECRET"}
    url, config = re.findall(r"s3://clipyard:(\S+)", text), re.findall(r'"secretKey": "(.+?)"', text)
    assert all(secret.startswith("${CLIPYARD_S3_SECRET:?") for secret in url + config)
    assert (len(url), len(config)) == (1, 1)
    production = README.partition("## Production")[2].partition("docker compose up")[0]
    assert [name for name in required if f"{name}=" not in production] == []


def test_the_image_runs_as_the_owner_of_its_compiled_kernels() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (cache,) = re.findall(r"NUMBA_CACHE_DIR=/srv/clipyard/(\S+)", dockerfile)
    assert f"chown -R clipyard {cache}\n" in dockerfile.partition("USER clipyard")[0]


def test_every_folder_in_the_readmes_map_exists() -> None:
    folders = re.findall(r"^\| `([a-z./]+/)` \|", README, re.MULTILINE)
    assert len(folders) >= 6
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_picture_and_file_the_readme_points_at_exists() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if not target.startswith("http")]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_constraints_pin_exactly_and_name_no_host() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^\s;]+( ; .+)?", line) for line in lines)
