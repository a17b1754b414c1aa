"""What is to be done, who does it, and what was answered."""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


class Job(Table, tablename="jobs"):
    """`state` is queued, running, done, failed or cancelled; `stage` says more while running.

    `attempt` is the fencing token: it grows with every claim, and only its holder may write.
    `dispatched_until` is set while a message for the job is on its way to a worker.
    `swept` says that no object of a losing attempt can be left in the store.
    `parent` is the job that this one is a part of: nobody outside hears of it, and it is deleted when that ends.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    kind = Varchar(length=20)
    queue = Varchar(length=20)
    spec = Text()
    state = Varchar(length=12)
    stage = Varchar(length=12, default="")
    progress = Integer(default=0)
    priority = Integer(default=0)
    attempt = Integer(default=0)
    faults = Integer(default=0)
    run_at = BigInt()
    dispatched_until = BigInt(null=True, default=None)
    lease_until = BigInt(null=True, default=None)
    worker = Varchar(length=40, null=True, default=None)
    cancel_requested = Boolean(default=False)
    result = Text(null=True, default=None)
    error_code = Varchar(length=60, null=True, default=None)
    error_message = Text(null=True, default=None)
    created_at = BigInt()
    started_at = BigInt(null=True, default=None)
    finished_at = BigInt(null=True, default=None)
    swept = Boolean(default=False)
    parent = Varchar(length=40, null=True, default=None)


class WorkerNode(Table, tablename="workers"):
    """A live worker process and how many jobs of each class it can hold at once."""

    id = Varchar(length=40, primary_key=True)
    host = Varchar(length=255)
    cpu_slots = Integer(default=0)
    light_slots = Integer(default=0)
    network_slots = Integer(default=0)
    started_at = BigInt()
    seen_at = BigInt()


class Idempotency(Table, tablename="idempotency"):
    """The answer to a creating request, kept for a day; `id` is a hash of account, route and key."""

    id = Varchar(length=64, primary_key=True)
    account = Varchar(length=40)
    request_hash = Varchar(length=64)
    status = Integer()
    body = Text()
    created_at = BigInt(index=True)
