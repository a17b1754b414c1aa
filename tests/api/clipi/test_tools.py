"""The media tools over HTTP, from the form to the file."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import av

from app import specs
from app.api.clipi.describing import EXAMPLES
from app.db.engine import sql
from app.services import accounts, keys
from app.tools import AUDIO_FORMATS
from tests.api.clipi import clips
from tests.api.clipi.conftest import progress, stored, use, work
from tests.api.conftest import KEY, Service, refusal
from tests.services.uploads import png
from workers import sweep
from workers.run import Context

REFERENCE = r"""
# 1. Upload and start tool job
curl -X POST https://api.clipi.video/api/tools/trim-video \
  -H "X-Api-Key: clp_your_key" \
  -F "file=@video.mp4" \
  -F "startTime=10" \
  -F "endTime=30"

# 2. Track progress (SSE)
curl -N https://api.clipi.video/api/tools/jobs/123

# 3. Download result
curl -O -J https://api.clipi.video/api/tools/download/abc-uuid
"""


async def started(commands: str, folder: Path) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
    """A shell at its commands, and what it says."""
    running = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", commands),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert running.stdout
    return running, running.stdout


async def shell(commands: str, folder: Path) -> bytes:
    running, saying = await started(commands, folder)
    said = await saying.read()
    assert await running.wait() == 0
    return said


async def specification(job: str) -> tuple[str, specs.ToolSpec]:
    """The queue and the order of a job."""
    [row] = await sql("SELECT queue, spec FROM jobs WHERE id = {}", job)
    spec = specs.decode(row["spec"])
    assert isinstance(spec, specs.ToolSpec)
    return row["queue"], spec


async def test_the_references_commands_run_as_they_stand(service: Service, worker: Context, tmp_path: Path) -> None:
    """All but the base, the key and the ids; the file is one that is there."""
    ours = REFERENCE.replace("https://api.clipi.video", service.url).replace("clp_your_key", KEY)
    start, follow, fetch = ours.split("\n\n")
    (tmp_path / "video.mp4").write_bytes(clips.video())
    told = json.loads(await shell(start, tmp_path))
    job, tool_job = told.pop("jobId"), told.pop("toolJobId")
    assert told == {"success": True}

    following, saying = await started(follow.replace("123", job), tmp_path)
    first = await saying.readline()
    await work(worker)
    lines = [first, *(await saying.read()).splitlines()]
    assert await following.wait() == 0
    events = [json.loads(line.removeprefix(b"data: ")) for line in lines if line.startswith(b"data: ")]
    assert events[0] == {"jobId": job, "status": "pending", "percent": 0, "queuePosition": 1, "queueTotal": 1}
    done = {"jobId": job, "status": "completed", "percent": 100, "downloadUrl": f"/api/tools/download/{tool_job}"}
    assert events[-1] == done == await progress(service, job)

    (tmp_path / "video.mp4").unlink()
    await shell(fetch.replace("abc-uuid", tool_job), tmp_path)
    with av.open(str(tmp_path / "video.mp4")) as made:
        assert made.duration
        assert abs(made.duration / 1_000_000 - 20) < 0.3


async def test_every_tool_takes_a_form_and_json_and_knows_its_queue(everywhere: Service) -> None:
    """The same fields in both; a file at an address waits for that in a queue of its own, unless it needs more."""
    for tool, example in EXAMPLES.items():
        by_address = await use(everywhere, tool, json=example)
        fields = {name: value for name, value in example.items() if name not in ("url", "subtitlesUrl")}
        form = {name: json.dumps(value) if isinstance(value, list) else str(value) for name, value in fields.items()}
        files: list[Any] = [("file", ("a.mp4", b"1")), ("file", ("b.mp4", b"2"))][: 2 if tool == "merge" else 1]
        files += [("subtitles", ("a.srt", clips.SRT))] if "subtitlesUrl" in example else []
        by_form = await use(everywhere, tool, data=form, files=files)
        (waiting, asked), (queue, sent) = [await specification(one["jobId"]) for one in (by_address, by_form)]
        assert asked.steps == sent.steps, tool
        assert len(asked.sources) == len(sent.sources) == (2 if tool == "merge" else 1)
        made = asked.steps[-1]
        encodes = tool in ("compress", "gif", "merge", "pipeline", "burn-subtitles") or tool.endswith(
            ("-video", "-speed")
        )
        encodes |= tool == "convert" and made.output_format not in AUDIO_FORMATS  # type: ignore[union-attr]
        assert (queue, waiting) == (("cpu", "cpu") if encodes else ("light", "network")), tool
    assert not await sql("SELECT * FROM charges WHERE billed OR price > 0")
    recorded = {row["kind"] for row in await sql("SELECT kind FROM charges")}
    assert recorded == set(EXAMPLES)


async def test_fields_may_come_before_the_file_and_after_it(service: Service) -> None:
    content, fields = clips.video(), {"startTime": "1.5", "endTime": "3"}
    before = await use(service, "trim-video", files=[*((n, (None, v)) for n, v in fields.items()), ("file", content)])
    after = await use(service, "trim-video", files=[("file", content), *((n, (None, v)) for n, v in fields.items())])
    for told in (before, after):
        _, spec = await specification(told["jobId"])
        [source] = spec.sources
        assert (Path(service.settings.data_dir) / "files" / (source.key or "")).read_bytes() == content
        assert (source.key or "").split("/")[2] == told["toolJobId"]
    assert len(stored(service)) == 2


FILE = {"file": ("video.mp4", b"not looked at yet")}
WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("trim-video", {"data": {"startTime": "10"}, "files": FILE}, 400, "endTime"),
    ("trim-video", {"data": {"startTime": "30", "endTime": "10"}, "files": FILE}, 400, "endTime"),
    ("trim-video", {"data": {"startTime": "ten", "endTime": "10"}, "files": FILE}, 400, "startTime"),
    ("trim-video", {"data": {"startTime": ["1", "2"], "endTime": "10"}, "files": FILE}, 400, "startTime"),
    ("trim-video", {"data": {"startTime": "1", "endTime": "10"}}, 400, "body"),
    ("trim-video", {"files": {"startTime": (None, "1"), "endTime": (None, "2")}}, 400, "file"),
    ("convert", {"data": {"outputFormat": "avi"}, "files": FILE}, 400, "outputFormat"),
    ("gif", {"data": {"startTime": "1", "duration": "16"}, "files": FILE}, 400, "duration"),
    ("rotate-video", {"data": {"rotation": "45"}, "files": FILE}, 400, "rotation"),
    ("compress-image", {"data": {"quality": "0"}, "files": FILE}, 400, "quality"),
    ("remove-audio", {"data": {"strict": "1"}, "files": FILE}, 400, "strict"),
    ("remove-audio", {"data": {"file": "video.mp4"}, "files": {"other": (None, "1")}}, 400, "file"),
    ("remove-audio", {"files": {"video": FILE["file"]}}, 400, "video"),
    ("remove-audio", {"files": [("file", FILE["file"]), ("file", FILE["file"])]}, 400, "file"),
    ("remove-audio", {"files": {"file": ("video.mp4", b"")}}, 422, "file"),
    ("remove-audio", {"files": {**FILE, "subtitles": ("a.srt", b"1")}}, 400, "subtitles"),
    ("burn-subtitles", {"files": FILE}, 400, "subtitles"),
    ("merge", {"files": FILE}, 400, "file"),
    ("merge", {"json": {"url": ["https://example.com/a.mp4"] * 21}}, 400, "file"),
    ("pipeline", {"data": {"steps": "[{]"}, "files": FILE}, 400, "steps"),
    ("pipeline", {"data": {"steps": '[{"tool": "gif"}]'}, "files": FILE}, 400, "steps[0].startTime"),
    ("pipeline", {"data": {"speed": "2"}, "files": FILE}, 400, "speed"),
    ("remove-audio", {"json": {"url": "http://169.254.169.254/latest"}}, 422, "url"),
    ("remove-audio", {"json": {"url": "file:///etc/passwd"}}, 422, "url"),
    ("remove-audio", {"json": {"url": 7}}, 400, "url"),
    ("remove-audio", {"json": {}}, 400, "file"),
    ("remove-audio", {"content": b"\x00\x01 not JSON"}, 400, ""),
    ("remove-audio?quality=1", {"files": FILE}, 400, "quality"),
]


async def test_what_is_wrong_is_named_before_there_is_a_job_and_nothing_stays(service: Service) -> None:
    for tool, request, status, path in WRONG:
        told = await refusal(service, status, "POST", f"/api/tools/{tool}", **request)
        named = [problem["path"] for problem in told.get("fields", [])]
        assert (path in named) if path not in ("", "body") else True, (tool, request, told)
    assert (await service.client.post("/api/tools/cut-video", files=FILE)).status_code == 404
    assert await sql("SELECT id FROM jobs") == []
    assert stored(service) == []


async def test_a_repeated_order_with_a_key_makes_one_job_and_keeps_one_file(everywhere: Service) -> None:
    again = {"Idempotency-Key": "order 7"}
    first = await use(everywhere, "remove-audio", files={"file": ("a.mp4", b"content")}, headers=again)
    second = await use(everywhere, "remove-audio", files={"file": ("a.mp4", b"content")}, headers=again)
    assert first == second
    assert len(stored(everywhere)) == len(await sql("SELECT id FROM jobs")) == 1
    other = {"files": {"file": ("a.mp4", b"other content")}, "headers": again}
    told = await refusal(everywhere, 422, "POST", "/api/tools/remove-audio", **other)
    assert told["code"] == "idempotency_mismatch"
    assert len(stored(everywhere)) == 1


async def test_a_result_is_shown_or_saved_under_its_sources_name(service: Service, worker: Context) -> None:
    picture = {"file": ("../Größe 👍\r\n" + "🎬" * 300 + ".png", png(40, 30))}
    told = await use(service, "image-converter", data={"outputFormat": "webp"}, files=picture)
    address = f"/api/tools/download/{told['toolJobId']}"
    assert (await service.anonymous.get(address)).status_code == 404, "it is not there yet"
    await work(worker)
    saved, shown = await service.anonymous.get(address), await service.anonymous.get(f"{address}?preview=1")
    assert saved.content == shown.content
    assert saved.content[8:12] == b"WEBP"
    for answer, kind in ((saved, "attachment"), (shown, "inline")):
        assert answer.headers["content-type"] == "image/webp"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["access-control-allow-origin"] == "*"
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith(f'{kind}; filename="Groe')
        assert "Gr%C3%B6%C3%9Fe%20%F0%9F%91%8D" in disposition
        assert disposition.endswith(".webp")
    assert "sandbox" in shown.headers["content-security-policy"]
    head = await service.anonymous.head(address)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(saved.content)))
    part = await service.anonymous.get(address, headers={"Range": "bytes=8-11", "If-Range": head.headers["etag"]})
    assert (part.status_code, part.content) == (206, b"WEBP")
    beyond = await service.anonymous.get(address, headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416

    account = (await sql("SELECT account FROM tool_jobs"))[0]["account"]
    await accounts.set_banned(account, True)
    assert (await service.anonymous.get(address)).status_code == 404
    await accounts.set_banned(account, False)

    await sweep.sweep_jobs(worker)
    assert [path.name for path in stored(service)] == ["result.webp"], "what was sent is gone"
    assert (await service.anonymous.get(address)).status_code == 200
    await sql("UPDATE tool_jobs SET expires_at = expires_at - 86400000")
    assert (await service.anonymous.get(address)).status_code == 404
    await sweep.sweep_jobs(worker)
    assert stored(service) == []
    assert await sql("SELECT id FROM tool_jobs") == []


async def test_what_nobody_orders_in_the_end_is_swept(service: Service, worker: Context) -> None:
    """The process that took it may have died in between."""
    told = await use(service, "remove-audio", files=FILE)
    await worker.storage.put_bytes("tool-sources/acc_bootstrap/nobodys/0", b"x", "application/octet-stream")
    await sweep.keep_house(worker)
    assert len(stored(service)) == 2, "it may belong to an order that comes at once"
    for path in stored(service):
        os.utime(path, (0, 0))
    await sweep.keep_house(worker)
    assert [path.parent.name for path in stored(service)] == [told["toolJobId"]]


async def test_posts_count_by_the_hour_and_nothing_else_does(service: Service) -> None:
    account = await accounts.create_account("limited")
    key = {"X-Api-Key": (await keys.create(account, "test", limits={"clipi-hour": 2})).key}
    answers = [await service.anonymous.post("/api/tools/remove-audio", files=FILE, headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[2].json()
    assert refused["error"].startswith("Hourly rate limit exceeded (2/hr)")
    assert refused["retryAfter"] > 1000
    job = answers[0].json()["jobId"]
    for _ in range(3):
        assert (await progress(service, job))["status"] == "pending"
        assert (await service.anonymous.get(f"/api/tools/download/{job}")).status_code == 404
    assert (await service.anonymous.delete(f"/api/tools/jobs/{job}")).status_code == 401
    assert (await service.other.delete(f"/api/tools/jobs/{job}")).status_code == 404
    cancelled = await service.anonymous.delete(f"/api/tools/jobs/{job}", headers=key)
    assert (cancelled.status_code, cancelled.json()) == (200, {"success": True, "jobId": job})
    assert (await progress(service, job))["error"] == "The job was cancelled."
