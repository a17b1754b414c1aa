"""The books: what accounts have, what moved it, and what for."""

from piccolo.columns import BigInt, Boolean, Integer, Varchar
from piccolo.table import Table


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
