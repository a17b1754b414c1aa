"""What the product can refuse or fail at, without any HTTP.

AppError
├── InvalidInput        the request is wrong and says what to change
│   ├── AddressRefused  the address policy forbids that URL
│   └── Unsupported     the request is fine, the media is not
├── Unauthorized        no key or a wrong one
├── Forbidden           known, but not allowed
├── NotFound            not there, or somebody else's: the same answer
├── Conflict            the thing's state forbids it now
├── Gone                it was there, and its time is over
├── IdempotencyMismatch the same key with another body
├── PaymentRequired     funds or quota do not cover it
├── TooLarge            a body or file above its limit
├── LimitReached        too many requests; says when to come back
├── SourceFailed        somebody else's server answered wrongly
├── Unavailable         something of ours is missing or full right now
└── StorageFailed       the object store did not do its part; worth another try

Each kind has a default `code`; a caller may give a narrower one.
"""

from collections.abc import Mapping

from renderer.errors import Problem, sentence

__all__ = [
    "AddressRefused",
    "AppError",
    "Conflict",
    "Forbidden",
    "Gone",
    "IdempotencyMismatch",
    "InvalidInput",
    "LimitReached",
    "NotFound",
    "PaymentRequired",
    "Problem",
    "SourceFailed",
    "StorageFailed",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "Unsupported",
    "sentence",
]


class AppError(Exception):
    """`code` is a machine word, `message` a public sentence, `fields` name what to change and where."""

    default_code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        fields: tuple[Problem, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = fields
        self.retry_after_s = retry_after_s


class InvalidInput(AppError):
    default_code = "invalid_request"


class AddressRefused(InvalidInput):
    default_code = "address_refused"


class Unsupported(InvalidInput):
    default_code = "unsupported_media"


class Unauthorized(AppError):
    default_code = "unauthorized"


class Forbidden(AppError):
    default_code = "forbidden"


class NotFound(AppError):
    default_code = "not_found"


class Conflict(AppError):
    default_code = "conflict"


class Gone(AppError):
    default_code = "expired"


class IdempotencyMismatch(AppError):
    default_code = "idempotency_mismatch"


class PaymentRequired(AppError):
    default_code = "quota_exceeded"


class TooLarge(AppError):
    default_code = "too_large"


class LimitReached(AppError):
    """`headers`: what the answer tells programs about the limit."""

    default_code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float, headers: Mapping[str, str]) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.headers = headers


class SourceFailed(AppError):
    default_code = "asset_unreachable"


class Unavailable(AppError):
    default_code = "unavailable"


class StorageFailed(AppError):
    default_code = "storage_failed"
