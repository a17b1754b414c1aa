"""Templates, what they are drawn with, and what was drawn."""

from piccolo.columns import BigInt, Boolean, Integer, Text, Varchar
from piccolo.table import Table


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
