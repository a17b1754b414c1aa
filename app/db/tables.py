"""The whole data model.

Times are milliseconds since 1970 in UTC and come from the database's own clock (see `engine.now`), so that
leases compare the same way on every host and on both engines. JSON is stored as text.
"""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


class Account(Table, tablename="accounts"):
    """`monthly_credits` None: no limit. `webhook_secret` is encrypted, and empty until it is first needed.

    `email` is normalised, `password` a hash; an account without them has keys only. `erasing`: its owner deleted it,
    and the sweeper still looks for what came in late.
    """

    id = Varchar(length=40, primary_key=True)
    name = Varchar(length=200)
    admin = Boolean(default=False)
    running_limit = Integer(null=True, default=None)
    plan_name = Varchar(length=60, default="Self-hosted")
    monthly_credits = Integer(null=True, default=None)
    webhook_secret = Text(default="")
    email = Varchar(length=200, null=True, default=None, unique=True)
    password = Text(default="")
    banned = Boolean(default=False)
    erased_at = BigInt(null=True, default=None)
    erasing = Boolean(default=False)
    created_at = BigInt()


class Session(Table, tablename="sessions"):
    """A browser that signed in. `id` is the hash of what its cookie holds."""

    id = Varchar(length=64, primary_key=True)
    account = Varchar(length=40, index=True)
    created_at = BigInt()
    seen_at = BigInt()


class MailedLink(Table, tablename="mailed_links"):
    """Whoever read the mail may set the password of the account with this e-mail. `id` is the hash of its token."""

    id = Varchar(length=64, primary_key=True)
    email = Varchar(length=200, index=True)
    created_at = BigInt()


class AuditEntry(Table, tablename="audit_log"):
    """Who did what to whom: see `services/audit.py`. `detail` is JSON."""

    id = Varchar(length=40, primary_key=True)
    actor = Varchar(length=40)
    action = Varchar(length=40)
    subject = Varchar(length=64)
    detail = Text(default="{}")
    created_at = BigInt(index=True)


class ApiKey(Table, tablename="api_keys"):
    """`by_user`: made by its account's user, not by an operator. `limits`: its own, by the name of a rule, as JSON."""

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40, index=True)
    name = Varchar(length=100)
    prefix = Varchar(length=16)
    hash = Varchar(length=64, unique=True)
    disabled = Boolean(default=False)
    by_user = Boolean(default=False)
    limits = Text(null=True, default=None)
    created_at = BigInt()
    last_used_at = BigInt(null=True, default=None)


class RateWindow(Table, tablename="rate_windows"):
    """What a key has used of one limit lately: see `services/limits.py`. `id` is "subject:rule:seconds"."""

    id = Varchar(length=120, primary_key=True)
    used_at = BigInt()
    slot = BigInt()
    s0 = BigInt()
    s1 = BigInt()
    s2 = BigInt()
    s3 = BigInt()
    s4 = BigInt()
    s5 = BigInt()
    s6 = BigInt()
    s7 = BigInt()
    s8 = BigInt()
    s9 = BigInt()
    s10 = BigInt()
    s11 = BigInt()
    s12 = BigInt()


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


class Template(Table, tablename="templates"):
    uid = Varchar(length=18, primary_key=True)
    account = Varchar(length=40, index=True)
    title = Varchar(length=200)
    body = Text()
    created_at = BigInt()
    updated_at = BigInt()


class Render(Table, tablename="renders"):
    uid = Varchar(length=18, primary_key=True)
    account = Varchar(length=40)
    job = Varchar(length=40, unique=True)
    template = Varchar(length=64)
    modifications = Text()
    output = Text(null=True, default=None)
    metadata = Text(null=True, default=None)
    webhook_url = Text(null=True, default=None)
    webhook_response_code = Integer(null=True, default=None)
    credits = Integer(default=0)
    period = Varchar(length=7, default="")
    warnings = Text(default="[]")
    created_at = BigInt()


class CreditUsage(Table, tablename="credit_usage"):
    """Render credits that an account has taken in a month; `id` is "account:period"."""

    id = Varchar(length=48, primary_key=True)
    account = Varchar(length=40)
    period = Varchar(length=7)
    used = BigInt(default=0)


class Asset(Table, tablename="assets"):
    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40, index=True)
    key = Varchar(length=255)
    filename = Varchar(length=255)
    content_type = Varchar(length=100)
    size = BigInt()
    sha256 = Varchar(length=64)
    created_at = BigInt()


class Font(Table, tablename="fonts"):
    """A brand font: an upload that templates of its account name as a family. It goes with the upload."""

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    asset = Varchar(length=40, unique=True)
    family = Varchar(length=200)
    weight = Integer()
    italic = Boolean(default=False)
    created_at = BigInt()


class Idempotency(Table, tablename="idempotency"):
    """The answer to a creating request, kept for a day; `id` is a hash of account, route and key."""

    id = Varchar(length=64, primary_key=True)
    account = Varchar(length=40)
    request_hash = Varchar(length=64)
    status = Integer()
    body = Text()
    created_at = BigInt(index=True)


class WebhookDelivery(Table, tablename="webhook_deliveries"):
    """One message to one receiver. `body` is written at the first attempt and never again.

    `state` is pending, delivered or failed.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    event = Varchar(length=40)
    subject = Varchar(length=40)
    url = Text()
    body = Text(null=True, default=None)
    state = Varchar(length=12, default="pending")
    attempts = Integer(default=0)
    next_at = BigInt()
    response_code = Integer(null=True, default=None)
    response_body = Text(null=True, default=None)
    error = Text(null=True, default=None)
    created_at = BigInt()
    finished_at = BigInt(null=True, default=None)


TABLES: list[type[Table]] = [
    Account,
    Session,
    MailedLink,
    AuditEntry,
    ApiKey,
    RateWindow,
    Job,
    WorkerNode,
    Template,
    Render,
    CreditUsage,
    Asset,
    Font,
    Idempotency,
    WebhookDelivery,
]
