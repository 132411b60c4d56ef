"""PDFs of others are read by a child with limits: what harms it is told, and harms nobody else."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import psutil
import pytest

from acquit.core.codecs import facturx, printed
from acquit.sandbox import door, frames
from tests.sandbox import hostile

GOOD = hostile.holding({hostile.NAME: b"<a/>"})
TEXT = hostile.saying(b"Invoice 42")
CODES = {
    f"pdf.{code}" for code in ("encrypted", "damaged", "packed", "size", "too_long", "memory",
                               "time", "ended")
}  # fmt: skip


def children() -> list[psutil.Process]:
    ours = psutil.Process().children()
    return [child for child in ours if any("acquit.sandbox" in word for word in child.cmdline())]


def outcome(read: str, pdf: bytes) -> str:
    """``read``, or the code of the refusal."""
    try:
        if read == "attachments":
            door.attachments(pdf=pdf, names=[hostile.NAME], most=1_000_000)
        elif read == "lines":
            door.lines(pdf=pdf, pages=60, letters=400_000)
        else:
            door.picture(pdf=pdf, page=1, side=2_000)
    except door.CannotOpen as no:
        return no.code if no.message and no.fix else "without a reason"
    return "read"


def sound() -> bool:
    (attached,) = door.attachments(pdf=GOOD, names=[hostile.NAME], most=1_000)
    (line,) = door.lines(pdf=TEXT, pages=1, letters=100)
    return attached == (hostile.NAME, b"<a/>") and line.cells[0][0] == "Invoice 42"


READS = ("attachments", "lines", "picture")
# What is known of each: by whom it is refused, and why. The others may be read or refused.
REFUSED = {
    ("lines", "million pages"): "pdf.too_long",
    ("lines", "packed page"): "pdf.ended",
    ("lines", "drawings of drawings"): "pdf.ended",
    ("picture", "drawings of drawings"): "pdf.ended",
    ("lines", "computed colours"): "read",
    ("picture", "computed colours"): "pdf.time",
    ("attachments", "locked"): "pdf.encrypted",
    ("lines", "locked"): "pdf.damaged",
    ("attachments", "no PDF"): "pdf.damaged",
    ("lines", "no PDF"): "pdf.damaged",
    ("picture", "no PDF"): "pdf.damaged",
}


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_hostile_files_are_read_or_refused_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What meets the limit of memory gets all the time it needs, also on a slow and busy machine.
    if "pdf.ended" in {REFUSED.get((read, name)) for read in READS}:
        monkeypatch.setattr(door, "WALL_SECONDS", 300)
    else:
        monkeypatch.setattr(door, "CPU_SECONDS", 1)
    pdf = hostile.HOSTILE[name]()
    for read in READS:
        found = outcome(read, pdf)
        assert found in CODES | {"read"}
        assert found == REFUSED.get((read, name), found)
    assert sound()
    assert facturx.read(data=pdf).faults


def test_names_of_attachments_lead_nowhere() -> None:
    names = ("../../factur-x.xml", "..\\factur-x.xml", "/etc/factur-x.xml")
    pdf = hostile.holding(dict.fromkeys(names, b"<a/>"))
    assert door.attachments(pdf=pdf, names=[hostile.NAME], most=1_000) == []
    assert [fault.code for fault in facturx.read(data=pdf).faults] == ["facturx.missing"]


def test_a_packed_attachment_is_unpacked_no_further_than_asked() -> None:
    assert door.attachments(pdf=GOOD, names=[hostile.NAME], most=4) == [(hostile.NAME, b"<a/>")]
    with pytest.raises(door.CannotOpen, match="larger than 3 bytes"):
        door.attachments(pdf=GOOD, names=[hostile.NAME], most=3)


def test_a_file_too_large_is_refused_before_it_is_sent() -> None:
    with pytest.raises(printed.CannotRead) as refused:
        printed.of_pdf(b"%PDF-" + b" " * 50_000_000)
    assert refused.value.fault.code == "pdf.size"


def test_files_share_a_child_that_can_reach_nothing() -> None:
    assert sound()
    before = {child.pid for child in children()}
    assert sound()
    assert {child.pid for child in children()} == before
    for child in children():
        assert child.environ() == {}
        assert child.open_files() == []
        if sys.platform == "linux":
            for what, most in (
                (psutil.RLIMIT_NOFILE, 0), (psutil.RLIMIT_FSIZE, 0), (psutil.RLIMIT_NPROC, 0),
                (psutil.RLIMIT_AS, 1 << 30),
            ):  # fmt: skip
                assert child.rlimit(what) == (most, most)


def test_a_child_that_is_killed_is_replaced() -> None:
    assert sound()
    for child in children():
        child.kill()
        child.wait()
    assert sound()


def test_a_file_that_crashes_its_reader_is_told_so() -> None:
    """The colours that take for ever keep a new child busy until it crashes under them."""
    for child in children():
        child.kill()
        child.wait()
    said: list[str] = []
    pdf = hostile.HOSTILE["computed colours"]()
    reader = Thread(target=lambda: said.append(outcome("picture", pdf)))
    reader.start()
    while not (busy := [child for child in children() if child.cpu_times().user > 0.5]):
        time.sleep(0.05)
    os.kill(busy[0].pid, signal.SIGSEGV)
    reader.join()
    assert said == ["pdf.ended"]
    assert sound()


def test_others_are_served_beside_a_file_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "CPU_SECONDS", 1)
    bad = hostile.HOSTILE["computed colours"]()
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(outcome, "picture", bad) for _ in range(2)]
        good = [threads.submit(sound) for _ in range(20)]
        assert all(each.result() for each in good)
        assert [each.result() for each in slow] == ["pdf.time", "pdf.time"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_forks_has_children_of_its_own() -> None:
    assert sound()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if sound() else 1)
    assert sound()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert sound()


@pytest.mark.parametrize(
    "said", [b"no", b"[1]", b"[{}, [90, 90]]", b'[{}, ["a"]]', b"[{}, [-1]]", b"[[], []]"]
)
def test_what_is_no_answer_is_not_taken_for_one(said: bytes) -> None:
    """Also many pieces that are too much together only."""
    pipe = io.BytesIO(len(said).to_bytes(8, "big") + said + bytes(200))
    with pytest.raises(frames.Garbled):
        frames.take(pipe, most=100)
