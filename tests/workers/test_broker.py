"""Both brokers carry job ids, and hand out as many at once as there are threads, no more."""

import secrets
import threading
from collections.abc import Iterator

import dramatiq
import pytest

from tests.private_services import free_port
from tests.processes import eventually
from workers import broker as brokers

THREADS = 3


@pytest.fixture(params=["stub", "rabbitmq"])
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A broker's URL and a prefix for queues on it."""
    if request.param == "stub":
        return "", f"test-{secrets.token_hex(4)}"
    return request.getfixturevalue("rabbitmq_url"), request.getfixturevalue("queue_prefix")


class Desk:
    """An actor that holds every job it is given until `go`."""

    def __init__(self, url: str, prefix: str) -> None:
        self.given: list[str] = []
        self.go = threading.Event()
        self.prefix = prefix
        self.queue = brokers.queue_name(prefix, "cpu")
        self.broker = brokers.connect(url)
        dramatiq.actor(broker=self.broker, actor_name="render", queue_name=self.queue)(self._take)
        self.consumer = brokers.consumer(self.broker, self.queue, THREADS)
        self.consumer.start()

    def _take(self, job_id: str) -> None:
        self.given.append(job_id)
        self.go.wait()

    def send(self, job_id: str) -> None:
        self.broker.enqueue(brokers.message(self.prefix, job_id, "render", "cpu"))

    def close(self) -> None:
        self.go.set()
        self.consumer.stop(2000)
        self.broker.close()


@pytest.fixture
def desk(place: tuple[str, str]) -> Iterator[Desk]:
    opened = Desk(*place)
    yield opened
    opened.close()


def test_a_consumer_runs_as_many_jobs_at_once_as_it_has_threads(desk: Desk) -> None:
    for number in range(THREADS + 2):
        desk.send(f"job_{number}")
    eventually(lambda: len(desk.given) == THREADS, 5, "all threads have a job")
    assert desk.consumer.work_queue.empty(), "the rest waits in the broker, for whoever is free"
    desk.go.set()
    eventually(lambda: len(desk.given) == THREADS + 2, 5, "the others follow")
    assert sorted(desk.given) == [f"job_{number}" for number in range(THREADS + 2)]


def test_a_message_is_a_job_id_and_nothing_else() -> None:
    message = brokers.message("clipyard", "job_1", "render", "cpu")
    assert (message.args, message.kwargs, message.options) == (("job_1",), {}, {})
    assert (message.queue_name, message.actor_name) == ("clipyard.cpu.v1", "render")


def test_a_broker_without_dramatiqs_own_retries_and_limits(place: tuple[str, str]) -> None:
    broker = brokers.connect(place[0])
    assert broker.middleware == []
    broker.close()


def test_an_alarm_in_rabbitmq_does_not_block_a_publisher_for_ever() -> None:
    broker = brokers.connect(f"amqp://guest:guest@127.0.0.1:{free_port()}")
    assert isinstance(broker, dramatiq.brokers.rabbitmq.RabbitmqBroker)
    assert broker.confirm_delivery
    assert broker.parameters.blocked_connection_timeout == 30
