"""Frames of the protocol: a length, JSON, and the raw buffers that the JSON announces."""

from __future__ import annotations

import json
import math
import struct
from typing import Any, BinaryIO, NamedTuple

MOST_JSON = 2**26
MOST_BUFFER = 2**31
MOST_BUFFERS = 4096


class ProtocolError(Exception):
    """The other side has gone, or does not keep the protocol."""


class Array(NamedTuple):
    """Entries as they go over the pipe: bytes in little-endian order, and ``f4``, ``f8`` or ``i4``."""

    data: Any
    type: str


class Pipes:
    """Sends and receives frames, and counts what crosses."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO):
        self._reader = reader
        self._writer = writer
        self.frames = 0
        self.bytes = 0

    def send(self, message: dict) -> None:
        """Sends a message. Arrays in it become buffers, numbers that are not finite their names."""
        buffers: list[memoryview] = []
        encoded = _encode(message, buffers)
        if buffers:
            encoded["bin"] = [buffer.nbytes for buffer in buffers]
        text = json.dumps(encoded, separators=(",", ":")).encode()
        try:
            self._writer.write(struct.pack("<I", len(text)) + text)
            for buffer in buffers:
                self._writer.write(buffer)
            self._writer.flush()
        except (OSError, ValueError) as error:
            raise ProtocolError(f"the eoss process cannot be written to ({error})") from error
        self.bytes += 4 + len(text) + sum(buffer.nbytes for buffer in buffers)

    def receive(self) -> dict:
        """The next message. Buffers in it are ``Array``, of which ``data`` is a ``bytearray``."""
        (length,) = struct.unpack("<I", self._read(4))
        if length > MOST_JSON:
            raise ProtocolError(f"a message of {length} bytes is too long")
        try:
            message = json.loads(self._read(length))
        except ValueError as error:
            raise ProtocolError(f"a message is not JSON ({error})") from error
        if not isinstance(message, dict):
            raise ProtocolError("a message must be a JSON object")
        sizes = message.get("bin", [])
        if len(sizes) > MOST_BUFFERS or not all(0 <= size <= MOST_BUFFER for size in sizes):
            raise ProtocolError("a frame announces buffers that are too large")
        buffers = [self._read(size) for size in sizes]
        self.frames += 1
        self.bytes += 4 + length + sum(sizes)
        return _decode(message, buffers)

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            try:
                got = self._reader.readinto(view[at:])
            except (OSError, ValueError) as error:
                raise ProtocolError(f"the eoss process cannot be read from ({error})") from error
            if not got:
                raise ProtocolError("the eoss process has ended")
            at += got
        return data


def number(value: Any) -> float:
    """A number of a message; what is not finite comes as its name."""
    return float(value)


def _encode(value: Any, buffers: list[memoryview]) -> Any:
    if isinstance(value, Array):
        buffers.append(memoryview(value.data).cast("B"))
        return {"buffer": len(buffers) - 1, "type": value.type}
    if isinstance(value, dict):
        return {key: _encode(one, buffers) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encode(one, buffers) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _decode(value: Any, buffers: list[bytearray]) -> Any:
    if isinstance(value, list):
        return [_decode(one, buffers) for one in value]
    if isinstance(value, dict):
        if value.keys() == {"buffer", "type"}:
            return Array(buffers[value["buffer"]], value["type"])
        return {key: _decode(one, buffers) for key, one in value.items()}
    return value
