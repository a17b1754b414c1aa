"""The broker: RabbitMQ, or Dramatiq's in-memory broker when no URL is set. A message is a job's id and no more."""

import logging
import os

# Dramatiq reads this when it is imported. One second: a restarted broker is found again soon.
os.environ.setdefault("dramatiq_restart_delay", "1000")

import dramatiq
import pika
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.stub import StubBroker

from app.specs import Queue

_VERSION = 1
"""Part of the queues' names: RabbitMQ refuses to change the arguments of a queue that exists."""


# It warns about each consumer's own hook, as if they were one given twice.
logging.getLogger("dramatiq.broker").setLevel(logging.ERROR)


def connect(broker_url: str) -> dramatiq.Broker:
    """A broker without Dramatiq's retries, time limits and results: the job's row decides all of that."""
    if not broker_url:
        return StubBroker(middleware=[])
    parameters = pika.URLParameters(broker_url)
    parameters.blocked_connection_timeout = 30  # a RabbitMQ alarm would block a publisher for ever
    broker = RabbitmqBroker(confirm_delivery=True, url=broker_url, middleware=[])
    broker.parameters = parameters
    return broker


def consumer(broker: dramatiq.Broker, queue: str, threads: int) -> dramatiq.Worker:
    """Consumes one queue, holding exactly as many messages as it has threads.

    Fewer would leave threads idle, since a running job's message counts; more would wait here behind running jobs,
    against RabbitMQ's consumer timeout, while another worker is free.
    """
    worker = dramatiq.Worker(broker, queues={queue}, worker_threads=threads)
    worker.queue_prefetch = threads
    return worker


def queue_name(prefix: str, queue: Queue) -> str:
    return f"{prefix}.{queue}.v{_VERSION}"


def message(prefix: str, job_id: str, kind: str, queue: Queue) -> dramatiq.Message[None]:
    """“Look at this job.” Sent twice, late or to nobody's use, it changes nothing."""
    name = queue_name(prefix, queue)
    return dramatiq.Message(queue_name=name, actor_name=kind, args=(job_id,), kwargs={}, options={})
