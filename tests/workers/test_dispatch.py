"""From the rows to the broker: in the database's order, and back into the rows when the broker refuses."""

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerConnectionError

from app.db.engine import sql, tx
from app.db.tables import Account
from app.services import dispatching, jobs
from app.settings import Settings
from app.specs import RenderSpec
from tests.private_services import free_port
from workers import broker as brokers
from workers.dispatch import Dispatcher

pytestmark = pytest.mark.usefixtures("database")
PREFIX = "test"


@pytest.fixture
async def owner() -> str:
    """An account, and a worker for whom jobs are dispatched."""
    await Account.insert(Account(id="ann", name="ann", created_at=0))
    await dispatching.register("w1", "host", {"cpu": 2})
    return "ann"


async def submitted(owner: str, priority: int = 0) -> str:
    async with tx():
        return await jobs.submit(RenderSpec(template={}), account=owner, priority=priority)


def dispatcher(broker: dramatiq.Broker, prefix: str = PREFIX) -> Dispatcher:
    return Dispatcher(broker, Settings(queue_prefix=prefix), ["cpu"])


async def test_due_jobs_are_published_in_the_order_of_the_rows(owner: str) -> None:
    late, urgent = await submitted(owner), await submitted(owner, priority=5)
    broker = brokers.connect("")
    assert isinstance(broker, StubBroker)
    queue = brokers.queue_name(PREFIX, "cpu")
    broker.declare_queue(queue)
    sender = dispatcher(broker)
    assert await sender.dispatch("cpu") == 2
    published = [dramatiq.Message.decode(broker.queues[queue].get_nowait()) for _ in range(2)]
    assert [message.args for message in published] == [(urgent,), (late,)]
    assert await sender.dispatch("cpu") == 0, "what is on its way is not sent again"
    sender.close()


async def test_what_the_broker_refuses_is_due_again_at_once(owner: str) -> None:
    for _ in range(3):
        await submitted(owner)
    sender = dispatcher(brokers.connect(f"amqp://guest:guest@127.0.0.1:{free_port()}"))
    with pytest.raises((BrokerConnectionError, OSError)):
        await sender.dispatch("cpu")
    assert await sql("SELECT id FROM jobs WHERE dispatched_until IS NOT NULL") == []
    sender.close()


async def test_a_published_job_lies_in_rabbitmq_until_somebody_takes_it(
    owner: str, rabbitmq_url: str, queue_prefix: str
) -> None:
    await submitted(owner)
    broker = brokers.connect(rabbitmq_url)
    sender = dispatcher(broker, queue_prefix)
    assert await sender.dispatch("cpu") == 1
    assert isinstance(broker, dramatiq.brokers.rabbitmq.RabbitmqBroker)
    assert broker.get_queue_message_counts(brokers.queue_name(queue_prefix, "cpu")) == (1, 0, 0)
    sender.close()
    broker.close()
