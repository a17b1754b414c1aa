"""Where a job's life meets money: reserve → settle or release, inside the caller's transaction.

There is no ledger yet. The calls are made all the same, so that no path of a job can be built around them.
"""


async def reserve(job_id: str, account: str) -> None:
    """Before the job exists for anybody else: hold what it may cost, or raise PaymentRequired."""


async def settle(job_id: str, account: str) -> None:
    """The job is done: charge what it used, give back the rest of the reservation."""


async def release(job_id: str, account: str) -> None:
    """The job failed or was cancelled: give the whole reservation back."""
