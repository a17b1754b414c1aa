"""Private PostgreSQL and RabbitMQ servers: for tests that kill them, and for machines where none answers.

Each lives in a temporary directory on free ports of the loopback, is started through the workers' launcher, so that
it ends with the test run however that ends, and leaves nothing behind. The machine's own servers are not touched.
"""

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pika

from workers.child import LAUNCHER

START_S = 60.0


class NotInstalled(Exception):
    """The server's programs are not on this machine."""


class Service:
    """One server and all that it starts; `directory` keeps its data from one start to the next."""

    def __init__(
        self,
        url: str,
        directory: Path,
        command: Sequence[str],
        *,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self.url = url
        self._directory = directory
        self._command = command
        self._ready = ready
        self._env = dict(os.environ if env is None else env)
        self._stop_signal = stop_signal
        self._launcher: subprocess.Popen[bytes] | None = None
        self._lifeline = -1

    def start(self) -> None:
        """Returns when the server answers."""
        reading, self._lifeline = os.pipe()
        with (self._directory / "output").open("ab") as output:
            self._launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCHER), str(reading), json.dumps({}), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._env,
                cwd=self._directory,
                pass_fds=(reading,),
                start_new_session=True,
            )
        os.close(reading)
        deadline = time.monotonic() + START_S
        while not self._ready():
            if self._launcher.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server did not start: {(self._directory / 'output').read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL for the server and everything it started; returns when they are gone."""
        if self._launcher:
            self._cut()
            self._launcher.wait()
            self._launcher = None

    def stop(self) -> None:
        """Ask the server to end in order, and wait for it."""
        if self._launcher:
            for pid in _children(self._launcher.pid):
                os.kill(pid, self._stop_signal)
            self._launcher.wait(START_S)
            self._cut()
            self._launcher = None

    def _cut(self) -> None:
        os.close(self._lifeline)


@contextlib.contextmanager
def postgres() -> Iterator[Service]:
    """A cluster whose superuser `postgres` needs no password. Raises NotInstalled."""
    binaries, owner = _postgres_binaries(), _postgres_owner()
    with _directory("postgres", owner) as directory, _running(_postgres(binaries, owner, directory)) as service:
        yield service


def _postgres(binaries: Path, owner: str | None, directory: Path) -> Service:
    # The server refuses to run as root.
    as_owner = ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups", "--"] if owner else []
    data, port = directory / "data", free_port()
    initdb = [*as_owner, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*initdb, "--no-locale"], check=True, capture_output=True, cwd=directory)
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return Service(
        f"postgres://postgres@127.0.0.1:{port}/postgres",
        directory,
        [
            *(*as_owner, str(binaries / "postgres"), "-D", str(data), "-p", str(port)),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}"),
        ],
        ready=lambda: subprocess.run(ready, check=False).returncode == 0,
        stop_signal=signal.SIGINT,  # “fast”: without waiting for clients to leave
    )


def _postgres_binaries() -> Path:
    """The directory of the programs; Debian keeps them out of PATH, by version."""
    found = shutil.which("initdb")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not found and not versions:
        raise NotInstalled("PostgreSQL")
    return (Path(found) if found else versions[-1]).resolve().parent


def _postgres_owner() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise NotInstalled("PostgreSQL's user") from error


@contextlib.contextmanager
def rabbitmq() -> Iterator[Service]:
    """A node with its own name, ports, cookie and port mapper (epmd). Raises NotInstalled."""
    script = _rabbitmq_script()
    with _directory("rabbitmq", None) as directory, _running(_rabbitmq(script, directory)) as service:
        yield service


def _rabbitmq(script: Path, directory: Path) -> Service:
    port = free_port()
    url = f"amqp://guest:guest@127.0.0.1:{port}"
    for empty in ("plugins", "env.conf", "rabbitmq.conf"):
        (directory / empty).write_text("[]." if empty == "plugins" else "")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    env = inherited | {
        "HOME": str(directory),  # of the cookie
        "ERL_EPMD_PORT": str(free_port()),  # nobody listens there, so the node starts an epmd that ends with it
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"clipyard-{secrets.token_hex(4)}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_BASE": str(directory),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "env.conf"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
    }
    return Service(url, directory, [str(script)], ready=lambda: amqp_answers(url), env=env)


def _rabbitmq_script() -> Path:
    """The server's own script: Debian's one in PATH changes user and directories before it."""
    debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    found = str(debian) if debian.exists() else shutil.which("rabbitmq-server")
    if not found:
        raise NotInstalled("RabbitMQ")
    return Path(found)


def amqp_answers(url: str) -> bool:
    try:
        pika.BlockingConnection(pika.URLParameters(f"{url}?socket_timeout=5")).close()
    except (pika.exceptions.AMQPError, OSError):
        return False
    return True


@contextlib.contextmanager
def _directory(name: str, owner: str | None) -> Iterator[Path]:
    """Directly under /tmp: other users must be able to reach it, and socket paths are short."""
    path = Path(tempfile.mkdtemp(prefix=f"clipyard-{name}-"))
    try:
        if owner:
            shutil.chown(path, owner, owner)
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def _running(service: Service) -> Iterator[Service]:
    try:
        service.start()
        yield service
    finally:
        service.kill()


def free_port() -> int:
    """A port that nobody has, of those that the system gives to no client: one of them would take it meanwhile."""
    lowest_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = 10_000 + secrets.randbelow(lowest_of_clients - 10_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
