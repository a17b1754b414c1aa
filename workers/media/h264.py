"""As much of H.264's bit stream as joining pieces of several encoders takes (ITU-T H.264, ISO/IEC 14496-15).

A stream in MP4 has its parameter sets apart, in the `avcC` record, and each slice names the one it goes by. So pieces
of two encoders live in one track when both of their sets are in the record, under different numbers.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

IDR, SPS, PPS = 5, 7, 8
_ASIDE = {SPS, PPS, 9, 12, 13}  # kept in the record or without meaning in MP4: sets, delimiters, filling
_DETAILED = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}  # §7.3.2.1.1


class Malformed(Exception):
    """These bytes are no H.264 that we understand: why, as part of a sentence."""


class Promise(Struct, frozen=True):
    """What a sequence parameter set says of all pictures that go by it."""

    number: int
    profile: int
    level: int
    chroma: int
    depth: int
    references: int
    size: tuple[int, int]  # in macroblocks
    frames_only: bool


class ParameterSets(Struct, frozen=True):
    """The sets of a stream, and how many bytes say the size of a unit (0: units stand behind start codes)."""

    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    size_bytes: int = 0

    def joined(self, other: "ParameterSets") -> "ParameterSets":
        sequences = dict.fromkeys((*self.sequences, *other.sequences))
        return ParameterSets(tuple(sequences), tuple(dict.fromkeys((*self.pictures, *other.pictures))), self.size_bytes)

    def free_number(self) -> int:
        """One that neither a sequence nor a picture set of this stream has."""
        sequences = {sequence_of(unit).number for unit in self.sequences}
        taken = sequences | {_picture_number(unit) for unit in self.pictures}
        free = next((number for number in range(1, 32) if number not in taken), None)
        if free is None or len(self.sequences) > 30 or len(self.pictures) > 254:
            raise Malformed("it has too many parameter sets")
        return free

    def record(self) -> bytes:
        """As `avcC`, of the first sequence set's profile; a unit's size takes four bytes."""
        first = self.sequences[0]
        record = bytes([1, *first[1:4], 0xFF, 0xE0 | len(self.sequences)]) + _counted(self.sequences)
        record += bytes([len(self.pictures)]) + _counted(self.pictures)
        sequence = sequence_of(first)
        if sequence.profile in _DETAILED:
            depth = 0xF8 | (sequence.depth - 8)
            record += bytes([0xFC | sequence.chroma, depth, depth, 0])
        return record


def parameter_sets(extradata: bytes) -> ParameterSets:
    """Of an `avcC` record, or of units behind start codes."""
    if extradata[:1] != b"\1":
        units = list(_behind_start_codes(extradata))
        return ParameterSets(_of_kind(units, SPS), _of_kind(units, PPS))
    try:
        place, found = 5, []
        for mask in (0x1F, 0xFF):
            count, place = extradata[place] & mask, place + 1
            for _ in range(count):
                size = int.from_bytes(extradata[place : place + 2], "big")
                found.append(extradata[place + 2 : place + 2 + size])
                place += 2 + size
    except IndexError:
        raise Malformed("the record of its parameter sets is cut off") from None
    return ParameterSets(_of_kind(found, SPS), _of_kind(found, PPS), (extradata[4] & 3) + 1)


def kind_of(unit: bytes | memoryview) -> int:
    return unit[0] & 0x1F


def units_of(packet: bytes, size_bytes: int) -> Iterator[bytes]:
    if not size_bytes:
        yield from _behind_start_codes(packet)
        return
    place = 0
    while place < len(packet):
        size = int.from_bytes(packet[place : place + size_bytes], "big")
        place += size_bytes
        if not 0 < size <= len(packet) - place:
            raise Malformed("a packet holds other units than it says")
        yield packet[place : place + size]
        place += size


def in_mp4(units: Iterable[bytes], known: ParameterSets) -> bytes:
    """A packet for a track with these parameter sets; Malformed where it brings others along."""
    kept = []
    for unit in units:
        if kind_of(unit) in (SPS, PPS) and unit not in known.sequences and unit not in known.pictures:
            raise Malformed("its parameter sets change on the way")
        if kind_of(unit) not in _ASIDE:
            kept.append(len(unit).to_bytes(4, "big") + unit)
    return b"".join(kept)


def _behind_start_codes(data: bytes) -> Iterator[bytes]:
    """No unit ends with a zero byte, so those before a start code are none of its own (annex B)."""
    for piece in re.split(b"\0\0\1", data)[1:]:
        if unit := piece.rstrip(b"\0"):
            yield unit


def _of_kind(units: list[bytes], kind: int) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(unit for unit in units if unit and kind_of(unit) == kind))


def _counted(units: tuple[bytes, ...]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


class _Bits:
    """Reads the payload of a unit, whose third zero byte in a row is followed by a 3 to be left out (§7.4.1)."""

    def __init__(self, unit: bytes) -> None:
        payload = unit[1:].replace(b"\0\0\3", b"\0\0")
        self._bits = "".join(f"{byte:08b}" for byte in payload)
        self._place = 0

    def number(self, count: int) -> int:
        read = self._bits[self._place : self._place + count]
        if len(read) < count:
            raise Malformed("a parameter set is cut off")
        self._place += count
        return int(read, 2) if count else 0

    def unsigned(self) -> int:
        """ue(v), §9.1."""
        zeros = self._bits.find("1", self._place) - self._place
        if not 0 <= zeros <= 32:
            raise Malformed("a parameter set is cut off")
        self._place += zeros
        return self.number(zeros + 1) - 1

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)


def sequence_of(unit: bytes) -> Promise:
    """§7.3.2.1.1, as far as the size of the pictures."""
    bits = _Bits(unit)
    profile, _, level = bits.number(8), bits.number(8), bits.number(8)
    number, chroma, depth = bits.unsigned(), 1, 8
    if profile in _DETAILED:
        chroma, depth = _samples(bits)
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    references, _ = bits.unsigned(), bits.number(1)
    size = (bits.unsigned() + 1, bits.unsigned() + 1)
    return Promise(number, profile, level, chroma, depth, references, size, bool(bits.number(1)))


def _samples(bits: _Bits) -> tuple[int, int]:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.number(1)
    depth = 8 + bits.unsigned()
    bits.unsigned()
    bits.number(1)
    if bits.number(1):
        for index in range(12 if chroma == 3 else 8):
            if bits.number(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma, depth


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = scale = 8
    for _ in range(size):
        if scale:
            scale = (last + bits.signed()) % 256
        last = scale or last


def _skip_order_count(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.number(1)
        for _ in range(2):
            bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()


def _picture_number(unit: bytes) -> int:
    return _Bits(unit).unsigned()
