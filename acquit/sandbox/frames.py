"""What goes through the pipes: a line of JSON and pieces of bytes, each with its length before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any


class Garbled(Exception):
    """What came is not a whole message, or a larger one than is taken."""


def put(pipe: IO[bytes], head: dict[str, Any], pieces: Sequence[bytes]) -> None:
    line = json.dumps([head, [len(piece) for piece in pieces]]).encode("ascii")
    pipe.write(len(line).to_bytes(8, "big"))
    for piece in (line, *pieces):
        pipe.write(piece)
    pipe.flush()


def take(pipe: IO[bytes], *, most: int) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next message, None at the end of all; Garbled for more than ``most`` bytes of it."""
    length = pipe.read(8)
    if not length:
        return None
    try:
        head, sizes = json.loads(_exactly(pipe, int.from_bytes(length, "big"), most))
        whole = sum(sizes)
    except (ValueError, TypeError, RecursionError) as bad:
        raise Garbled(f"what comes is no message: {bad}") from None
    if whole > most or min(sizes, default=0) < 0 or not isinstance(head, dict):
        raise Garbled(f"{whole} bytes come, at most {most} are taken")
    return head, [_exactly(pipe, size, most) for size in sizes]


def _exactly(pipe: IO[bytes], size: int, most: int) -> bytes:
    if size > most:
        raise Garbled(f"{size} bytes come, at most {most} are taken")
    data = pipe.read(size)
    if len(data) < size:
        raise Garbled("the message breaks off")
    return data
