"""The native judge: the rules of EN 16931 as pure functions over the record of a file.

It judges invalid and incomplete files too: each fault it finds is told, nothing makes it stop. The
schema is asked beside the rules where it is wished for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import groupby

from acquit.core.codecs import xml
from acquit.core.faults import Fault, Refused
from acquit.core.judges import moulds
from acquit.core.judges.folding import Unfolded, fold, unfolded
from acquit.core.judges.packs import editions, ids
from acquit.core.judges.profiles import BASE, detect, issued_on
from acquit.core.judges.record import Record, read
from acquit.core.judges.registry import Breach, Lines, RulePack, run
from acquit.core.judges.texts import told
from acquit.core.judges.verdict import Verdict

_LINES_TO_FOLD = 16
_LINE_MIN = 600  # bytes; hardly a line of an invoice has fewer
_Judged = tuple[Record, list[RulePack], list[Breach]]  # and what the packs find


def judge(
    data: bytes, *, profile: str = "auto", language: str = "en", by_schema: bool = False
) -> Verdict:
    """The verdict on a UBL invoice or credit note, a CII, or a PDF with a CII inside.

    ``profile`` is auto (the pack that BT-24 and BT-23 ask for) or the id of a pack; ``language``
    en, fr, de or ro; ``by_schema``: the order, the number and the types of the elements are asked
    too, and told first, in English. Never raises for bad input: what cannot be read is a verdict
    with the fault that says why.
    """
    try:
        if b"%PDF-" in data[:1024]:
            from acquit.core.codecs import facturx

            data = facturx.extract(pdf=data).xml
        judged = (_folded(data, profile) if _is_long(data) else None) or _whole(data, profile)
    except Refused as refusal:  # not XML, or a PDF without an invoice inside
        return Verdict("unknown", profile, refusal.faults, ())
    record, packs, found = judged
    if not packs:
        record.release()
        known = f"use auto or one of {', '.join(ids())}"
        fault = Fault("judge.profile", f"no pack {profile!r}", fix=known)
        return Verdict(record.syntax, profile, (fault,), ())
    faults: tuple[Fault, ...] = tuple(told(breach, language) for breach in found)
    day = issued_on(record)
    titles = tuple(_title(pack, day) for pack in packs)
    record.release()
    if by_schema:
        faults = _with_schema(data, profile, faults)
    return Verdict(record.syntax, packs[-1].id, faults, titles)


def _with_schema(data: bytes, profile: str, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """What the schema does not allow, before what the rules say. An element that the level of a
    Factur-X does not have is told once, in our words."""
    from acquit.core.judges import schema  # not needed by who asks the official judge too

    ours = {fault.path for fault in faults if fault.rule == "XSD"}
    found = schema.asked(data, profile=profile)
    return (*(fault for fault in found if fault.path not in ours), *faults)


def _is_long(data: bytes) -> bool:
    """Whether there are so many lines that folding them costs less than it saves."""
    if len(data) < _LINE_MIN * _LINES_TO_FOLD:
        return False
    return any(data.count(tag) > 2 * _LINES_TO_FOLD for tag in (b"Line>", b"LineItem>"))


def _whole(data: bytes, profile: str) -> _Judged:
    """What the packs of the profile find in the file; refused where it is no invoice."""
    record = _record(data)
    packs = chosen(record, profile)
    return record, packs, breaches(record, packs)


def _record(data: bytes) -> Record:
    """Whatever is written there; refused where it is not XML or no invoice."""
    # No file of so few bytes breaks a limit of the door for XML.
    record = moulds.recalled(data) if len(data) <= xml.TAGS_MAX else None
    if record is None:
        root = xml.parse(data=data, size_max=xml.BYTES_MAX)
        record = moulds.learnt(data) or read(root)
        if record is None:
            message = f"{root.tag} is neither a UBL 2.1 Invoice or CreditNote nor a CII D16B"
            raise Refused.because("judge.syntax", message, path=f"/{xml.local(root.tag)}")
    return record


def _folded(data: bytes, profile: str) -> _Judged | None:
    """The same from a file with fewer lines; None where the whole file has to be looked at.

    That is so where the file or its packs do not allow it, and where a rule cannot be evaluated.
    A line that stands for others stands for their faults, too.
    """
    file = unfolded(data)
    if file is None:
        return None
    try:
        asked = _asked_of_lines(file, profile)
        folded = None
        if Lines.ONE_BY_ONE not in asked:
            folded = fold(file, exact=Lines.MULTIPLIED in asked)
        if folded is None:
            return None
        record = _record(folded.data)
    except Refused:
        return None  # the whole file says where it is broken
    packs = chosen(record, profile)
    found: list[Breach] = []
    for _, of_rule in groupby(breaches(record, packs), key=lambda breach: breach.rule.id):
        placed = [(*place, one) for one in of_rule for place in folded.places(one.path)]
        if any(breach.why for *_, breach in placed):
            record.release()
            return None  # the reason may quote what stands in one line only
        placed.sort(key=lambda place: place[0])
        found += [replace(breach, path=path) for _, path, breach in placed]
    return record, packs, found


def _asked_of_lines(file: Unfolded, profile: str) -> set[Lines]:
    """What the packs of the profile ask of lines; refused where there is no invoice around."""
    record = _record(file.without_lines())
    asked = {pack.asked_of_lines(record) for pack in chosen(record, profile)}
    record.release()
    return asked


def chosen(record: Record, profile: str) -> list[RulePack]:
    """The packs of a profile for the syntax and the date (BT-2) of the record, the base first.

    With auto a specification that has no pack for this syntax is judged by EN 16931 alone.
    """
    found: list[RulePack] = []
    day = issued_on(record)
    wanted = detect(record) if profile == "auto" else profile
    pack = _edition(wanted, record.syntax, day)
    if pack is None and profile == "auto":
        pack = _edition(BASE, record.syntax, day)
    while pack is not None:
        found.insert(0, pack)
        pack = _edition(pack.extends, record.syntax, day)
    return found


def in_force(*, packs: Collection[RulePack], on: date | None) -> dict[str, RulePack]:
    """Of each id the pack of the day: the latest that has begun and not ended, else the earliest
    of those that begin later (the rules are published anew each year, and a document older than
    every edition we hold is still judged). Without a day the latest edition."""
    found: dict[str, RulePack] = {}
    for pack in sorted(packs, key=lambda pack: pack.valid_from):
        if on is not None and pack.valid_to is not None and pack.valid_to < on:
            continue
        if pack.id not in found or on is None or pack.valid_from <= on:
            found[pack.id] = pack
    return found


@lru_cache(maxsize=1_000)
def _edition(pack: str, syntax: str, on: date | None) -> RulePack | None:
    return in_force(packs=editions(pack, syntax), on=on).get(pack)


def _title(pack: RulePack, on: date | None) -> str:
    """The pack's title; it says so when the document is older than its rules."""
    early = on is not None and on < pack.valid_from
    return f"{pack.title} (edition of {pack.valid_from}, none earlier)" if early else pack.title


def breaches(record: Record, packs: Sequence[RulePack]) -> list[Breach]:
    return [breach for pack in packs for breach in run(pack, record)]
