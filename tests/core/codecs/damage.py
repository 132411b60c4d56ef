"""XML that was cut, doubled or overwritten on its way."""

from __future__ import annotations

from hypothesis import strategies as st

_WOUNDS = st.sampled_from([b"", b"9" * 30, b"x", b"-", b"<a/>", b"\xff"])


@st.composite
def damaged(draw: st.DrawFn, data: bytes, *, after: int) -> bytes:
    """The bytes with one to three places behind ``after`` overwritten, or gone."""
    wounded = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(after, len(wounded) - 1))
        wounded[at : at + draw(st.integers(0, 12))] = draw(_WOUNDS)
    return bytes(wounded)
