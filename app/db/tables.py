"""The whole data model.

Times are milliseconds since 1970 in UTC and come from the database's own clock (see `engine.now`), so that
leases compare the same way on every host and on both engines. JSON is stored as text.
"""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


class Account(Table, tablename="accounts"):
    """`monthly_credits` None: no limit.

    `email` is normalised, `password` a hash; an account without them has keys only. `erasing`: its owner deleted it,
    and the sweeper still looks for what came in late.
    """

    id = Varchar(length=40, primary_key=True)
    name = Varchar(length=200)
    admin = Boolean(default=False)
    running_limit = Integer(null=True, default=None)
    plan_name = Varchar(length=60, default="Self-hosted")
    monthly_credits = Integer(null=True, default=None)
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
    email = Varchar(length=200, unique=True)
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
    """What a key has used of one limit lately: see `services/limits.py`. `id` is "subject:rule:count/seconds".

    `taken`: how many were accepted since nobody used it for a whole window; `times`: when, newest first.
    """

    id = Varchar(length=120, primary_key=True)
    used_at = BigInt()
    taken = BigInt()
    times = Text()


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


class Balance(Table, tablename="balances"):
    """What an account has: the sums of its entries, kept where one UPDATE can look and take. Micro-dollars.

    `operations` counts those of the ledger. `warned`: what is known of its being 1: low or 2: empty.
    """

    account = Varchar(length=40, primary_key=True)
    available = BigInt()
    reserved = BigInt()
    operations = BigInt()
    warned = Integer()
    paid_deposit = Boolean()


class LedgerOperation(Table, tablename="ledger_operations"):
    """Something that happened to an account's money, once for each `subject`, `charge` and `step`; never changed.

    `subject`: a job's id, a payment's, a grant's. `number`: the how-manieth of its account; `balance`: what was
    available afterwards.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    number = BigInt()
    subject = Varchar(length=80)
    charge = Varchar(length=20)
    step = Varchar(length=10)
    balance = BigInt()
    created_at = BigInt()


class LedgerEntry(Table, tablename="ledger_entries"):
    """What an operation adds to a book or takes from it; never changed. Those of one operation sum to zero."""

    id = Varchar(length=60, primary_key=True)
    operation = Varchar(length=40)
    book = Varchar(length=12)
    amount = BigInt()


class JobCharge(Table, tablename="charges"):
    """What a job does for its account: at most `quantity` units of `price`; `used` of them is known at its end.

    `billed`: the ledger holds a reservation for it, or held one. `id` is "job:kind".
    """

    id = Varchar(length=64, primary_key=True)
    job = Varchar(length=40, index=True)
    account = Varchar(length=40)
    kind = Varchar(length=20)
    unit = Varchar(length=12)
    price = BigInt()
    quantity = BigInt()
    used = BigInt(null=True, default=None)
    billed = Boolean()
    duration_ms = BigInt()
    bytes = BigInt()
    created_at = BigInt()
    ended_at = BigInt(null=True, default=None)


class Welcome(Table, tablename="welcomes"):
    """Somebody who has had the signup credit. `id`: see `services/welcome.py`; it outlives the account."""

    id = Varchar(length=64, primary_key=True)
    created_at = BigInt()


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


class Event(Table, tablename="events"):
    """Something that has become true. `payload`: what is told of it, as canonical JSON, the same to everyone.

    It is None until somebody is told, where the subject itself (a render) is what is told.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    name = Varchar(length=40)
    subject = Varchar(length=64)
    payload = Text(null=True, default=None)
    created_at = BigInt(index=True)


class WebhookEndpoint(Table, tablename="webhook_endpoints"):
    """An address that an account wants to be told at. `events`: names, as JSON.

    `failing_since`: when the first of its failures since its last success was.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40, index=True)
    url = Text()
    events = Text()
    description = Varchar(length=200, default="")
    enabled = Boolean(default=True)
    disabled_reason = Text(null=True, default=None)
    failing_since = BigInt(null=True, default=None)
    created_at = BigInt()
    updated_at = BigInt()


class SigningSecret(Table, tablename="signing_secrets"):
    """What webhooks are signed with, encrypted. `owner`: an endpoint, or an account for the hooks of its orders.

    `valid_until` None: the one that counts; the others sign beside it until then.
    """

    id = Varchar(length=40, primary_key=True)
    owner = Varchar(length=40)
    account = Varchar(length=40)
    secret = Text()
    valid_until = BigInt(null=True, default=None)


class WebhookDelivery(Table, tablename="webhook_deliveries"):
    """One event on its way to one receiver: an endpoint, or the `url` that an order named.

    `state` is pending, delivered or failed. `lane` is whose queue it waits in: "account endpoint" or
    "account orders-N". `tries`: failed attempts since it was made or last replayed. `leased_until` is set while it is
    being sent. `unsigned`: its secret could not be read at the last attempt.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40)
    event = Varchar(length=40, index=True)
    endpoint = Varchar(length=40, null=True, default=None)
    url = Text(null=True, default=None)
    dialect = Varchar(length=12)
    lane = Varchar(length=320)
    state = Varchar(length=12, default="pending")
    tries = Integer(default=0)
    next_at = BigInt()
    leased_until = BigInt(null=True, default=None)
    unsigned = Boolean(default=False)
    response_code = Integer(null=True, default=None)
    created_at = BigInt()
    finished_at = BigInt(null=True, default=None)


class WebhookAttempt(Table, tablename="webhook_attempts"):
    """What came of sending a delivery once. `response`: the beginning of what the receiver said."""

    id = Varchar(length=40, primary_key=True)
    delivery = Varchar(length=40, index=True)
    at = BigInt()
    duration_ms = Integer()
    status = Integer(null=True, default=None)
    error = Text(null=True, default=None)
    response = Text(default="")


TABLES: list[type[Table]] = [
    Account,
    Session,
    MailedLink,
    AuditEntry,
    ApiKey,
    RateWindow,
    Job,
    Balance,
    LedgerOperation,
    LedgerEntry,
    JobCharge,
    Welcome,
    WorkerNode,
    Template,
    Render,
    CreditUsage,
    Asset,
    Font,
    Idempotency,
    Event,
    WebhookEndpoint,
    SigningSecret,
    WebhookDelivery,
    WebhookAttempt,
]
