"""From the bytes of a file to typed rows: every row is read, or rejected with its reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from acquit.core.codecs import tabular
from acquit.core.faults import Fault, Refused, Severity
from acquit.intake import profiles
from acquit.intake.kinds import Column, ColumnType, ImportRow, Kind, RowReject
from acquit.intake.profiles import Profile


class CannotRead(Refused):
    """The file as a whole cannot be imported: nothing of it was taken."""


@dataclass(slots=True)
class ReadFile:
    """``rows`` are good so far; ``rejected`` gives the reason of every other row, and ``raw`` its
    cells as they stand in the file. rows + rejected = all rows of the file."""

    profile: Profile
    header: list[str]
    mapping: dict[str, str]
    rows: list[ImportRow] = field(default_factory=list)
    rejected: dict[int, RowReject] = field(default_factory=dict)
    raw: dict[int, Mapping[str, str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.rows) + len(self.rejected)

    def content(self, number: int) -> str:
        """A row as one line of CSV, for whoever corrects it."""
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(self.raw.get(number, {}).values())
        return out.getvalue().replace("\x00", "")


def read_file(content: bytes, *, kind: Kind, profile: str, options: Mapping[str, str]) -> ReadFile:
    """Read and check a file by a profile (a name, or ``auto``); CannotRead when it is no table."""
    header: list[str] = []
    records = tabular.read(content, names=header)
    begun = list(islice(records, 1))  # to have the header
    chosen = (
        profiles.recognise(header, kind=kind)
        if profile in ("", profiles.AUTO)
        else profiles.get(profile, kind=kind)
    )
    given = _option_values(chosen, options, kind)
    if header:
        _need_columns(chosen, header, kind, frozenset(options))
    result = ReadFile(chosen, header, chosen.mapping(header))
    reader = RowReader(kind, chosen, result.mapping, given)
    for record in chain(begun, records):
        if isinstance(record, Fault):
            if record.severity is Severity.FATAL:
                raise CannotRead((record,))
            continue
        values, reason = reader.read(record)
        result.raw[record.number] = record.values
        if reason is None:
            result.rows.append(ImportRow(record.number, values))
        else:
            result.rejected[record.number] = reason
    return result


def _option_values(profile: Profile, options: Mapping[str, str], kind: Kind) -> dict[str, Any]:
    """Column -> value of each option given; CannotRead for one that is unknown or unreadable."""
    values: dict[str, Any] = {}
    for name, text in options.items():
        option = profile.options.get(name)
        if option is None:
            known = ", ".join(profile.options) or "none"
            message = f"the profile {profile.name} has no option {name!r}"
            raise CannotRead.because("import.option", message, path=name, fix=f"options: {known}")
        column = kind.column(option.column)
        assert column is not None
        try:
            values[column.name] = typed(text, column.type, ("%Y-%m-%d",), profile.decimal_mark)
        except ValueError as bad:
            raise CannotRead.because("import.option", f"{name}: {bad}", path=name) from None
    return values


def _need_columns(profile: Profile, header: list[str], kind: Kind, given: frozenset[str]) -> None:
    lacking = profiles.missing(profile, header, kind=kind, given=given)
    if not lacking:
        return
    by_column = {option.column: name for name, option in profile.options.items()}
    faults = []
    for column in lacking:
        names = " or ".join(n for n in profile.columns.get(column.name, (column.name,)) if n)
        fix = f"the header has: {', '.join(header)}"
        if column.name in by_column:
            fix = f"give the option {by_column[column.name]}; {fix}"
        message = f"there is no column {names} for {column.name}"
        faults.append(Fault("import.column_missing", message, column.name, fix=fix))
    raise CannotRead(faults)


class RowReader:
    """Reads one record after the other into typed values, or says why it cannot be used."""

    def __init__(
        self, kind: Kind, profile: Profile, mapping: Mapping[str, str], given: Mapping[str, Any]
    ) -> None:
        self._profile = profile
        self._given = given
        self._days: dict[str, date] = {}
        self._columns = [
            (column, mapping[column.name]) for column in kind.columns if column.name in mapping
        ]
        self._required = [
            column for column in kind.columns if column.required and not profile.filled(column.name)
        ]
        self._names = dict(mapping)

    def read(self, record: tabular.TabularRow) -> tuple[dict[str, Any], RowReject | None]:
        fatal = [fault for fault in record.faults if fault.severity is Severity.FATAL]
        if fatal:
            return {}, RowReject(fatal[0].code, fatal[0].message, fatal[0].fix)
        values: dict[str, Any] = dict(self._profile.constants)
        reasons: list[RowReject] = []
        for column, name in self._columns:
            try:
                values[column.name] = self._typed(record.values[name], column)
            except ValueError as bad:
                values[column.name] = None
                reasons.append(RowReject(f"{column.name}.unreadable", f"{name}: {bad}"))
        for name, value in self._given.items():
            if values.get(name) in (None, ""):
                values[name] = value
        reasons += self._lacking(values, reasons)
        self._derive(values)
        reasons += [rule.reject for rule in self._profile.reject if rule.when.holds(values)]
        return values, _joined(reasons)

    def _typed(self, text: str, column: Column) -> Any:
        if column.type is ColumnType.DATE and text in self._days:
            return self._days[text]
        value = typed(text, column.type, self._profile.dates, self._profile.decimal_mark)
        if isinstance(value, date):
            self._days[text] = value
        return value

    def _lacking(self, values: Mapping[str, Any], reasons: list[RowReject]) -> Iterator[RowReject]:
        blank = [column.name for column in self._required if values.get(column.name) in (None, "")]
        unreadable = {reason.code for reason in reasons}
        for column in blank:
            if f"{column}.unreadable" not in unreadable:
                name = self._names.get(column, column)
                yield RowReject(f"{column}.missing", f"{name} is empty", f"fill the column {name}")

    def _derive(self, values: dict[str, Any]) -> None:
        done: set[str] = set()
        for rule in self._profile.derive:
            if rule.column not in done and rule.when.holds(values):
                values[rule.column] = rule.value
                done.add(rule.column)


def typed(text: str, kind: ColumnType, dates: tuple[str, ...], decimal_mark: str) -> Any:
    """The value of a cell: text without outer space, Decimal, date, None for a blank number or
    day. ValueError says what was expected."""
    text = text.strip()
    if kind is ColumnType.TEXT:
        if "\x00" in text:
            raise ValueError("the text holds a NUL character")
        return text
    if not text:
        return None
    if kind is ColumnType.DECIMAL:
        return tabular.read_decimal(text, decimal_mark=decimal_mark)
    for pattern in dates:
        try:
            # The day as written: a file says nothing about time zones.
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(f"{text[:40]!r} is not a day such as {date(2026, 1, 31).strftime(dates[0])}")


def _joined(reasons: list[RowReject]) -> RowReject | None:
    """One reason per row: the first one's code, everything that is wrong in the message."""
    if not reasons:
        return None
    fixes = "; ".join(dict.fromkeys(reason.fix for reason in reasons if reason.fix))
    return RowReject(reasons[0].code, "; ".join(reason.message for reason in reasons), fixes)
