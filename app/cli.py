"""`clipyard …`: an operator's and a template author's commands. Light: what is heavy runs as its own program."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence

from app import logs, secret
from app.settings import Settings, SettingsError, load

PORT_WAIT_S = 7.0
DRAWING = ("render", "frame")
"""Commands that need no service: they become the renderer's own process."""

log = logging.getLogger("clipyard.cli")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in DRAWING:
        return _become("-P", "-m", "renderer", *given)  # a caller's folder may hold files called as our modules are
    os.umask(0o077)  # the data directory is this account's alone
    if given and given[0] == "worker":
        return _become("-m", "workers", *given[1:])
    chosen = _parser().parse_args(given)
    from app import mail
    from app.db import engine as db

    try:
        settings = load()
        secret.load(settings)
        mail.check(settings)
        command: int = chosen.run(settings, chosen)
        sys.stdout.flush()
    except SettingsError as error:
        print(f"clipyard: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `clipyard keys list | head -1`: whoever was to read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is flushed at the end of the process
        return 128 + signal.SIGPIPE
    except (*db.UNREACHABLE, *db.REFUSED) as error:
        print(f"clipyard: The database does not answer: {error or type(error).__name__}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 128 + signal.SIGINT
    return command


def _become(*arguments: str) -> int:
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clipyard", description="A self-hosted video API.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the api and one worker")
    serve.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    serve.set_defaults(run=_serve)
    api = commands.add_parser("api", help="run the HTTP api alone")
    api.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    api.set_defaults(run=_api)
    commands.add_parser("worker", help="run jobs (--queues cpu,light,network)")
    commands.add_parser("migrate", help="bring the database and the bucket up to date").set_defaults(run=_migrate)
    commands.add_parser("render", help="template in, video out, without any service (--help for more)")
    commands.add_parser("frame", help="one still of a template, without any service (--help for more)")

    from app import operations  # a database client is no load for those who only draw

    operations.add_commands(commands)
    return parser


def _check_port(settings: Settings) -> None:
    """Before anything starts: an api that cannot listen would be started again for ever.

    The api of a `serve` that was just killed needs a moment to notice; it is waited for.
    """
    deadline = time.monotonic() + PORT_WAIT_S
    while error := _port_error(settings):
        if time.monotonic() > deadline:
            where = f"{settings.host}:{settings.port}"
            raise SettingsError(f"cannot listen on {where} ({error}). Set CLIPYARD_PORT or CLIPYARD_HOST.")
        time.sleep(0.2)


def _port_error(settings: Settings) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return error.strerror
    return None


def _serve(settings: Settings, chosen: argparse.Namespace) -> int:
    from app.supervisor import serve

    _check_port(settings)
    asyncio.run(_reached(settings))
    logs.configure(settings.log_format, "serve")
    if failure := asyncio.run(_prepared(settings)):
        log.warning("%s", failure)
    asyncio.run(serve(settings, chosen.lifeline))
    return 0


def _api(settings: Settings, chosen: argparse.Namespace) -> int:
    from app import server

    _check_port(settings)
    asyncio.run(_reached(settings))
    logs.configure(settings.log_format, "api")
    return server.run(settings, lifeline=chosen.lifeline)


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    if failure := asyncio.run(_prepared(settings)):
        print(f"clipyard: {failure}", file=sys.stderr)
    return 1 if failure else 0


async def _prepared(settings: Settings) -> str:
    """Schema, first key and bucket, before anything serves. Answers what is wrong with the bucket, if anything."""
    from app.db import engine as db
    from app.db.migrate import migrate
    from app.services import accounts

    async with db.connected(db.choose(settings.database_url, settings.data_path)):
        for done in await migrate():
            print(f"migrated: {done}", file=sys.stderr)
        minted = await accounts.bootstrap(settings)
    if minted:
        print(f"Your API key (shown once): {minted}", file=sys.stderr)
    return await _bucket_failure(settings)


async def _reached(settings: Settings) -> None:
    """Raises what `main` has a sentence for where the database is not there; the application would have none."""
    from app.db import engine as db

    async with db.connected(db.choose(settings.database_url, settings.data_path)):
        pass


async def _bucket_failure(settings: Settings) -> str:
    from app.errors import StorageFailed
    from app.storage import storage_of

    storage = storage_of(settings)
    try:
        await storage.ensure_bucket()
    except StorageFailed as error:
        return error.message
    finally:
        await storage.aclose()
    return ""


if __name__ == "__main__":
    sys.exit(main())
