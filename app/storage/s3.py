"""Objects in an S3-compatible bucket, by one client that stays open as long as the process."""

import asyncio
import base64
import hashlib
import io
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aioboto3
import aiohttp
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.handlers import add_expect_header

from app.errors import NotFound, StorageFailed
from app.storage import s3_parts
from app.storage.blocks import blocks
from app.storage.names import check_key, check_prefix, content_disposition, content_type_of
from app.storage.s3_upload import BLOCK, Target, error_code, upload, upload_blocks
from app.storage.s3_url import S3Address
from app.storage.store import ObjectInfo, Part

_CHUNK = 1 << 18
_READ_TRIES = 4
_LONGEST_URL_S = 7 * 86_400
_MISSING = ("404", "NoSuchKey", "NotFound")
_BREAKS = (BotoCoreError, aiohttp.ClientError, TimeoutError)
_FAILURES = (BotoCoreError, ClientError, aiohttp.ClientError, OSError)


class S3Storage:
    """Signs addresses for `public_endpoint`, where clients reach the bucket, when workers reach it elsewhere.

    The bucket is this service's own: `sweep_partial` ends every stale multipart upload in it.
    """

    direct = True

    def __init__(self, address: S3Address, *, public_endpoint: str = "") -> None:
        self._address = address
        self._bucket = address.bucket
        self._public_endpoint = public_endpoint or address.endpoint
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._clients: tuple[Any, Any] | None = None

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        target = await self._target(key)
        with _reported():
            await upload(target, path, content_type)

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        client = await self._client()
        with _reported():
            await client.put_object(
                **self._names(key),
                Body=io.BytesIO(data),
                ContentMD5=base64.b64encode(digest).decode(),
                ContentType=content_type,
            )

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], content_type: str, *, max_bytes: int) -> int:
        target = await self._target(key)
        with _reported():
            return await upload_blocks(target, blocks(chunks, BLOCK, max_bytes=max_bytes), content_type)

    async def put_url(self, key: str, *, size: int, expires_s: float) -> str:
        """The content type is not signed: what counts is what the file is."""
        wanted: dict[str, str | int] = {"ContentLength": size}
        return await self._signed("put_object", {**self._names(key), **wanted}, expires_s)

    async def begin_parts(self, key: str, content_type: str) -> str:
        target = await self._target(key)
        with _reported():
            return await s3_parts.begin(target, content_type)

    async def part_url(self, key: str, upload: str, number: int, *, size: int, expires_s: float) -> str:
        wanted: dict[str, str | int] = {"UploadId": upload, "PartNumber": number, "ContentLength": size}
        return await self._signed("upload_part", {**self._names(key), **wanted}, expires_s)

    async def put_part(
        self, key: str, upload: str, number: int, chunks: AsyncIterator[bytes], *, offset: int, size: int
    ) -> Part:
        """It is held in memory, so `size` had better be small."""
        target = await self._target(key)
        with _reported():
            return await s3_parts.put(target, upload, number, chunks, size)

    async def parts(self, key: str, upload: str) -> list[Part]:
        target = await self._target(key)
        with _reported():
            return await s3_parts.arrived(target, upload)

    async def complete_parts(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        target = await self._target(key)
        with _reported():
            await s3_parts.complete_with(target, upload, parts)

    async def abort_parts(self, key: str, upload: str) -> None:
        target = await self._target(key)
        with _reported():
            await s3_parts.abort(target, upload)

    async def get_to_file(self, key: str, path: Path) -> None:
        temp = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            async with aclosing(self.open(key)) as chunks:
                with temp.open("xb") as file:
                    async for chunk in chunks:
                        await asyncio.to_thread(file.write, chunk)
            temp.replace(path)
        except OSError as error:
            raise StorageFailed("The local disk does not take the file.") from error
        finally:
            with suppress(OSError):
                temp.unlink()

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """A connection that breaks is taken up where it broke, as long as the object is still the same."""
        position, etag, tries_left = start, "", _READ_TRIES
        while (end is None or position < end) and (answer := await self._get(key, position, end, etag)):
            etag, body = answer["ETag"], answer["Body"]
            try:
                async with body:
                    while chunk := await body.read(_CHUNK):
                        position, tries_left = position + len(chunk), _READ_TRIES
                        yield chunk
                return
            except _BREAKS as error:
                tries_left -= 1
                if not tries_left:
                    raise StorageFailed("The object store broke off again and again.") from error

    async def _get(self, key: str, position: int, end: int | None, etag: str) -> Any:
        """The answer to a GET from `position` on; None when that is past the end of the object."""
        wanted: dict[str, str] = {"IfMatch": etag} if etag else {}
        if position or end is not None:
            wanted["Range"] = f"bytes={position}-{'' if end is None else end - 1}"
        client = await self._client()
        with _reported():
            try:
                answer = await client.get_object(**self._names(key), **wanted)
            except ClientError as error:
                if error_code(error) in _MISSING:
                    raise NotFound("The file is not there.") from error
                if error_code(error) == "InvalidRange":
                    return None
                raise
        if "Range" in wanted and "ContentRange" not in answer:
            answer["Body"].close()
            raise StorageFailed("The object store does not serve parts of files.")
        return answer

    async def head(self, key: str) -> ObjectInfo | None:
        client = await self._client()
        with _reported():
            try:
                answer = await client.head_object(**self._names(key))
            except ClientError as error:
                if error_code(error) in _MISSING:
                    return None
                raise
        return ObjectInfo(
            key=key,
            size=answer["ContentLength"],
            content_type=answer.get("ContentType") or content_type_of(key),
            etag=answer["ETag"],
            modified=answer["LastModified"].astimezone(UTC),
        )

    async def delete(self, key: str) -> None:
        client = await self._client()
        with _reported():
            try:
                await client.delete_object(**self._names(key))
            except ClientError as error:
                if error_code(error) not in _MISSING:  # some stores say that nothing was there
                    raise

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        client = await self._client()
        pages = client.get_paginator("list_objects_v2")
        with _reported():
            async for page in pages.paginate(Bucket=self._bucket, Prefix=check_prefix(prefix)):
                for entry in page.get("Contents", ()):
                    yield ObjectInfo(
                        key=entry["Key"],
                        size=entry["Size"],
                        content_type=content_type_of(entry["Key"]),
                        etag=entry["ETag"],
                        modified=entry["LastModified"].astimezone(UTC),
                    )

    async def url(self, key: str, *, expires_s: float, filename: str | None = None) -> str:
        wanted = self._names(key) | {"ResponseContentType": content_type_of(key)}
        if filename is not None:
            wanted["ResponseContentDisposition"] = content_disposition(filename)
        return await self._signed("get_object", wanted, expires_s)

    async def _signed(self, operation: str, wanted: Mapping[str, str | int], expires_s: float) -> str:
        """S3 signs for seven days at most."""
        _, signer = await self._open()
        with _reported():
            lasting = min(int(expires_s), _LONGEST_URL_S)
            return str(await signer.generate_presigned_url(operation, Params=wanted, ExpiresIn=lasting))

    async def check(self) -> None:
        client = await self._client()
        try:
            await client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            raise StorageFailed(_unready(self._bucket, error)) from error
        except (BotoCoreError, OSError) as error:
            raise StorageFailed("The object store does not answer.") from error

    async def ensure_bucket(self) -> None:
        client, region = await self._client(), self._address.region
        # us-east-1 is the one region that must not be named.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with _reported():
            try:
                await client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error_code(error) not in _MISSING:
                    raise
                await client.create_bucket(Bucket=self._bucket, **place)

    async def sweep_partial(self, older_than_s: float) -> int:
        client, before = await self._client(), datetime.now(UTC) - timedelta(seconds=older_than_s)
        swept = 0
        with _reported():
            async for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket):
                stale = [entry for entry in page.get("Uploads", ()) if entry["Initiated"] <= before]
                for entry in stale:
                    await _abort(client, self._bucket, entry)
                swept += len(stale)
        return swept

    async def aclose(self) -> None:
        async with self._opening:
            self._clients = None
            await self._stack.aclose()

    def _names(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": check_key(key)}

    async def _target(self, key: str) -> Target:
        return Target(client=await self._client(), bucket=self._bucket, key=check_key(key))

    async def _client(self) -> Any:
        client, _ = await self._open()
        return client

    async def _open(self) -> tuple[Any, Any]:
        """The client that works and the one that signs; opened by whoever comes first."""
        async with self._opening:
            if self._clients is None:
                client = await self._connected(self._address.endpoint)
                same = self._public_endpoint == self._address.endpoint
                self._clients = client, client if same else await self._connected(self._public_endpoint)
            return self._clients

    async def _connected(self, endpoint: str | None) -> Any:
        client = await self._stack.enter_async_context(
            aioboto3.Session().client(
                "s3",
                endpoint_url=endpoint,
                region_name=self._address.region,
                aws_access_key_id=self._address.access_key,
                aws_secret_access_key=self._address.secret_key,
                config=_config(self._address.style),
            )
        )
        # Not every store answers "100 Continue", and the HTTP client would wait for it without end.
        client.meta.events.unregister("before-call.s3", add_expect_header)
        return client


def _config(style: str) -> Config:
    """Checksums only where S3 demands them: other stores reject the trailers that boto adds by default.

    Bodies carry their MD5 instead of a signed SHA-256, which boto would compute in the event loop.
    """
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": style, "payload_signing_enabled": False},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=50,
    )


async def _abort(client: Any, bucket: str, entry: dict[str, Any]) -> None:
    try:
        await client.abort_multipart_upload(Bucket=bucket, Key=entry["Key"], UploadId=entry["UploadId"])
    except ClientError as error:
        if error_code(error) != "NoSuchUpload":
            raise


def _unready(bucket: str, error: ClientError) -> str:
    match error_code(error):
        case "404" | "NoSuchBucket":
            return f"The bucket {bucket} does not exist. Create it with: clipyard migrate"
        case "403" | "AccessDenied":
            return f"The object store refuses our key for the bucket {bucket}."
        case code:
            return f"The object store answers {code} for the bucket {bucket}."


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise StorageFailed("The object store does not work right now.") from error
