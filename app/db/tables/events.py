"""What has become true, and who is told how."""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


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
