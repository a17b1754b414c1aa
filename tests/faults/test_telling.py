"""SIGKILL for a worker while it tells somebody: the message comes again under its own id, and that was no attempt."""

from app.db.engine import sql
from app.services import events
from app.services.webhooks.deliveries import Hook
from tests.faults.harness import Yard


async def test_a_message_outlives_the_worker_that_sends_it(either: Yard) -> None:
    hook = Hook(url=either.world.hook, dialect="clipcat")
    await events.record(either.account, "render.failed", "r1", {"uid": "r1"}, hook=hook)
    [delivery] = await sql("SELECT id FROM webhook_deliveries")
    either.world.answer.clear()
    worker = either.worker()
    await either.until("the receiver hears it", lambda: either.world.heard[delivery["id"]] == 1)
    either.kill(worker)
    either.world.answer.set()
    either.worker()
    await sql("UPDATE webhook_deliveries SET leased_until = leased_until - 60000")
    await either.until("it is delivered", lambda: delivered(delivery["id"]))
    assert either.world.heard == {delivery["id"]: 2}
    [attempt] = await sql("SELECT status FROM webhook_attempts")
    assert attempt["status"] == 200


async def delivered(delivery: str) -> bool:
    [row] = await sql("SELECT state, tries FROM webhook_deliveries WHERE id = {}", delivery)
    return (row["state"], row["tries"]) == ("delivered", 0)
