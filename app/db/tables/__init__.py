"""The whole data model.

Times are milliseconds since 1970 in UTC and come from the database's own clock (see `engine.now`), so that
leases compare the same way on every host and on both engines. JSON is stored as text.
"""

from piccolo.table import Table

from app.db.tables.clips import Clip, ClipView, ToolJob, Upload
from app.db.tables.events import Event, SigningSecret, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.db.tables.jobs import Idempotency, Job, WorkerNode
from app.db.tables.money import Balance, JobCharge, LedgerEntry, LedgerOperation, Welcome
from app.db.tables.people import Account, ApiKey, AuditEntry, MailedLink, RateWindow, Session
from app.db.tables.renders import Asset, CreditUsage, Font, Render, Template

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
    Upload,
    Clip,
    ClipView,
    ToolJob,
    Idempotency,
    Event,
    WebhookEndpoint,
    SigningSecret,
    WebhookDelivery,
    WebhookAttempt,
]
