"""Absolute addresses that answers and webhooks carry."""

from msgspec import Struct

from app.storage import lasting_file_url


class Links(Struct, frozen=True, kw_only=True):
    """`base_url` is the installation's public address, `secret` its own (see `app.secret`)."""

    base_url: str
    secret: bytes

    def file(self, key: str | None) -> str | None:
        """Good for as long as the file is there: clients keep it, and webhooks repeat it for days."""
        return lasting_file_url(self.base_url, key, secret=self.secret) if key else None

    def download(self, key: str | None, filename: str) -> str | None:
        """The same, saved under a name."""
        return lasting_file_url(self.base_url, key, secret=self.secret, filename=filename) if key else None

    @property
    def account_page(self) -> str:
        return f"{self.base_url}/account"

    def render(self, uid: str) -> str:
        return f"{self.base_url}/v1/renders/{uid}"

    def template(self, uid: str) -> str:
        return f"{self.base_url}/v1/templates/{uid}"
