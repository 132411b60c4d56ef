"""Loading the program: hundreds of modules, of which nothing is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Nothing is collected while modules are loaded in this block, and what they made is never
    looked through again: it stays to the end, and forked processes go on sharing its memory."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
