"""`./run demo`: a first video through the real service, started for it and stopped after it.

Everything goes over HTTP, as a client would do it; only the Python standard library is used.
"""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INPUT = ROOT / "docs" / "demo"
OUT = Path("demo.mp4")
START_S = 60.0
RENDER_S = 600.0

MODIFICATIONS = [
    {"scene": "Scene 1", "object": "title", "text": "3 Slow Journeys for 2026"},
    {"scene": "Scene 2", "object": "title", "text": "Samarkand"},
    {"scene": "Scene 3", "object": "title", "text": "George Town"},
    {"scene": "Scene 4", "object": "title", "text": "Angkor"},
]


class Service:
    """`clipyard serve` on a free port and an own data directory; started again if somebody kills it."""

    def __init__(self, data_dir: Path) -> None:
        self.key = f"clp_demo{secrets.token_hex(16)}"
        self.port = _free_port()
        self._data_dir = data_dir
        self._log = (data_dir / "serve.log").open("wb")
        self._reading, self._writing = os.pipe()  # the service stops when this process is gone
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--lifeline", str(self._reading)],
            cwd=ROOT,
            env={
                **os.environ,
                "CLIPYARD_PORT": str(self.port),
                "CLIPYARD_DATA_DIR": str(self._data_dir),
                "CLIPYARD_BOOTSTRAP_KEY": self.key,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=(self._reading,),
            start_new_session=True,
        )

    def keep_alive(self) -> None:
        if self._process.poll() is not None:
            print("\n  the service was killed; starting it again on the same data")
            self._process = self._started()

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        """One JSON request. Raises OSError while the service is away, DemoFailed when it refuses."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        url = path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise DemoFailed(f"{method} {path} answered {error.code}: {error.read().decode()}") from error

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        os.close(self._writing)
        os.close(self._reading)
        self._log.close()


class DemoFailed(Exception):
    """The service answered what the demo cannot go on with; the sentence says what."""


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="clipyard-demo-") as folder, _service(Path(folder)) as service:
        try:
            print("Starting Clipyard on embedded defaults …")
            _wait_until_ready(service)
            print(f"  ready on http://127.0.0.1:{service.port} after {time.monotonic() - began:.1f} s")
            done = _rendered(service)
            urllib.request.urlretrieve(done["url"], OUT)  # noqa: S310
        except (DemoFailed, OSError, TimeoutError) as error:
            print(f"\nThe demo failed: {error}\n\nThe service said last:", file=sys.stderr)
            print((Path(folder) / "serve.log").read_text()[-3000:], file=sys.stderr)
            return 1
    print(f"\n{OUT} ({OUT.stat().st_size / 1e6:.1f} MB) made in {time.monotonic() - began:.1f} s.\n")
    print(_NEXT)
    return 0


_NEXT = """Next:
  ./run serve                                  the service in the foreground; it prints an API key once
  ./run render travel-list --set "Scene 1/title/text=Hi" -o out.mp4    without any service
  README.md                                    the API with curl, and every setting"""


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    try:
        yield service
    finally:
        service.stop()


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + START_S
    while True:
        service.keep_alive()
        try:
            service.ask("GET", "/ready")
            return
        except (OSError, DemoFailed):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _rendered(service: Service) -> dict[str, Any]:
    """Upload a picture and a sound, post the render, follow its progress; answers the finished render."""
    picture = _uploaded(service, INPUT / "picture.jpg", "image/jpeg")
    sound = _uploaded(service, INPUT / "sound.m4a", "audio/mp4")
    modifications = [
        *MODIFICATIONS,
        {"scene": "Scene 1", "object": "background", "background-image": picture},
        {"object": "bed", "media_url": sound},
    ]
    render = service.ask("POST", "/v1/renders", {"template": "travel-list", "modifications": modifications})
    print(f"  POST /v1/renders → {render['uid']}")
    deadline = time.monotonic() + RENDER_S
    while render["status"] not in ("completed", "failed", "cancelled"):
        _show(render["progress"], render["status"])
        time.sleep(0.25)
        if time.monotonic() > deadline:
            raise DemoFailed(f"the render was not done after {RENDER_S:.0f} s")
        service.keep_alive()
        with contextlib.suppress(OSError):  # away for a moment: killed, and started again
            render = service.ask("GET", f"/v1/renders/{render['uid']}")
    _show(render["progress"], render["status"])
    if render["status"] != "completed":
        raise DemoFailed(f"the render ended {render['status']}: {render.get('error')}")
    return dict(render)


def _uploaded(service: Service, path: Path, content_type: str) -> str:
    asset = service.ask("POST", f"/v1/assets?filename={path.name}", path.read_bytes(), content_type)
    print(f"  uploaded {path.name} → {asset['url']}")
    return str(asset["url"])


def _show(percent: int, status: str) -> None:
    bar = "█" * (percent * 30 // 100)
    print(f"\r  {bar:░<30} {percent:3d} %  {status:10s}", end="", flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stopped)  # the same way out as Ctrl-C: the service and its files go too
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nThe demo was stopped.")
