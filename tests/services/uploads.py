"""Small files of every kind that may be uploaded, and a store to put them in."""

import hashlib
import struct
import zlib
from pathlib import Path

from app.services import assets, holding, keys
from app.services.assets import Asset, Upload
from app.services.principals import Principal
from app.storage import Storage, open_storage

SECRET = b"a secret that is long enough"


def png(width: int = 4, height: int = 4, color: tuple[int, int, int] = (255, 0, 0)) -> bytes:
    """A real picture of one colour."""
    rows = (b"\0" + bytes(color) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def upload(folder: Path, content: bytes, filename: str = "photo.png") -> Upload:
    """A file as the HTTP side hands it over."""
    path = folder / hashlib.sha256(content).hexdigest()[:16]
    path.write_bytes(content)
    return Upload(path=path, filename=filename, size=len(content), sha256=hashlib.sha256(content).hexdigest())


async def kept_upload(arrived: Upload, *, asking: Principal, storage: Storage) -> Asset:
    """As the HTTP side keeps it."""
    stored = await assets.store(arrived, account=asking.account, storage=storage)
    try:
        async with holding.acting(asking):
            return await assets.keep(stored)
    except BaseException:
        await assets.discard(stored, storage)
        raise


async def asking(account: str) -> Principal:
    """Somebody with a key of the account's."""
    return await keys.authenticate((await keys.create(account, "test")).key)


async def local_store(folder: Path) -> Storage:
    storage = open_storage("", data_dir=folder, public_url="http://video.example", secret=SECRET)
    await storage.ensure_bucket()
    return storage
