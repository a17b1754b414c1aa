"""The broker: RabbitMQ, or Dramatiq's in-memory broker when no URL is set. A message is a job's id and no more."""

import os

# Dramatiq reads these when it is imported. One message at a time: what is prefetched waits behind a running
# job and counts against RabbitMQ's consumer timeout. One second: a restarted broker is found again soon.
os.environ.setdefault("dramatiq_queue_prefetch", "1")
os.environ.setdefault("dramatiq_restart_delay", "1000")

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker

from app.specs import QUEUE_OF_KIND, Queue

_VERSION = 1
"""Part of the queues' names: RabbitMQ refuses to change the arguments of a queue that exists."""


def connect(broker_url: str) -> dramatiq.Broker:
    """A broker without Dramatiq's retries, time limits and results: the job's row decides all of that."""
    if not broker_url:
        return StubBroker(middleware=[])
    parameters = pika.URLParameters(broker_url)
    parameters.blocked_connection_timeout = 30  # a RabbitMQ alarm would block a publisher for ever
    broker = RabbitmqBroker(confirm_delivery=True, url=broker_url, middleware=[])
    broker.parameters = parameters
    return broker


def queue_name(prefix: str, queue: Queue) -> str:
    return f"{prefix}.{queue}.v{_VERSION}"


def message(prefix: str, job_id: str, kind: str) -> dramatiq.Message[None]:
    """“Look at this job.” Sent twice, late or to nobody's use, it changes nothing."""
    name = queue_name(prefix, QUEUE_OF_KIND[kind])
    return dramatiq.Message(queue_name=name, actor_name=kind, args=(job_id,), kwargs={}, options={})
