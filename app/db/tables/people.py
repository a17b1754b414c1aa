"""Accounts, who may speak for them, and how often."""

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
    """`by_user`: made by its account's user, not by an operator; `by_setting`: brought by a setting.

    `limits`: its own, by the name of a rule, as JSON.
    """

    id = Varchar(length=40, primary_key=True)
    account = Varchar(length=40, index=True)
    name = Varchar(length=100)
    prefix = Varchar(length=16)
    hash = Varchar(length=64, unique=True)
    disabled = Boolean(default=False)
    by_user = Boolean(default=False)
    by_setting = Boolean(default=False)
    limits = Text(null=True, default=None)
    created_at = BigInt()
    last_used_at = BigInt(null=True, default=None)
    revoked_at = BigInt(null=True, default=None)


class RateWindow(Table, tablename="rate_windows"):
    """What a key has used of one limit lately: see `services/limits.py`. `id` is "subject:rule:count/seconds".

    `taken`: how many were accepted since nobody used it for a whole window; `times`: when, newest first.
    """

    id = Varchar(length=120, primary_key=True)
    used_at = BigInt()
    taken = BigInt()
    times = Text()
