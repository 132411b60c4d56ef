"""Writing MT940: one message per statement, field 86 in the numbered dialect of German banks."""

from __future__ import annotations

from acquit.core.documents.bank import BankLine, BankStatement, LineStatus
from acquit.core.money import exponent

# What a reader cannot get back from the written form.
LOSES = frozenset(
    {
        "charges_minor",
        "told",
        "original_minor",
        "original_currency",
        "exchange_rate",
        "document_references",
        "structured_references",
        "bank_reference beyond 16 characters",
        "mark ? inside of texts",
        "line ends inside of the remittance",
    }
)
_PIECE = 27
_PURPOSE_CODES = (*range(20, 30), *range(60, 70))
_NAME_CODES = (32, 33)
_LINE = 65


def write(statement: BankStatement) -> bytes:
    """The booked lines as one message in Windows' Western encoding, CRLF line ends.

    ValueError where a balance or day is missing, or a text is longer than the fields allow.
    """
    if statement.opening_minor is None or statement.closing_minor is None or not statement.to_date:
        raise ValueError("a statement in MT940 needs both balances and its day")
    first = statement.from_date or statement.to_date
    opening = _balance(statement.opening_minor, statement.currency)
    closing = _balance(statement.closing_minor, statement.currency)
    page = f"/{statement.page}" if statement.page else ""
    fields = [
        f":20:{statement.reference[:16]}",
        f":25:{statement.account}",
        f":28C:{statement.sequence or '0'}{page}",
        f":60F:{opening[0]}{first:%y%m%d}{statement.currency}{opening[1]}",
    ]
    for line in statement.lines:
        if line.status is LineStatus.BOOKED:
            fields += [_entry(line), *_folded(f":86:{_narrative(line)}")]
    fields.append(f":62F:{closing[0]}{statement.to_date:%y%m%d}{statement.currency}{closing[1]}")
    return "\r\n".join([*fields, "-", ""]).encode("cp1252", "replace")


def _balance(minor: int, currency: str) -> tuple[str, str]:
    return ("D" if minor < 0 else "C"), _amount(abs(minor), currency)


def _amount(minor: int, currency: str) -> str:
    places = exponent(currency)
    if not places:
        return f"{minor},"
    whole, part = divmod(minor, 10**places)
    return f"{whole},{part:0{places}}"


def _entry(line: BankLine) -> str:
    is_credit = line.amount_minor > 0
    # The reversal of a credit is a debit, and the other way round.
    mark = ("RD" if is_credit else "RC") if line.is_reversal else ("C" if is_credit else "D")
    value = line.value_date or line.booking_date
    bank = f"//{line.bank_reference[:16]}" if line.bank_reference else ""
    return (
        f":61:{value:%y%m%d}{line.booking_date:%m%d}{mark}"
        f"{_amount(abs(line.amount_minor), line.currency)}NTRFNONREF{bank}"
    )


def _narrative(line: BankLine) -> str:
    words = "".join(
        f"{word}+{text.replace('?', ' ')} "
        for word, text in (
            ("EREF", line.end_to_end_id),
            ("MREF", line.mandate_id),
            ("SVWZ", " ".join(line.remittance.split())),
            ("ABWA", line.ultimate_payer_name),
        )
        if text
    ).rstrip()
    code = "166" if line.amount_minor > 0 else "116"
    numbered = [*_pieces(words, _PURPOSE_CODES, "remittance")]
    if line.payer_iban:
        numbered.append(f"?31{line.payer_iban}")
    numbered += _pieces(line.payer_name.replace("?", " "), _NAME_CODES, "payer_name")
    return f"{code}?00{line.additional_text.replace('?', ' ')}{''.join(numbered)}"


def _pieces(text: str, codes: tuple[int, ...], name: str) -> list[str]:
    cut = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    if len(cut) > len(codes):
        raise ValueError(f"{name} is longer than {len(codes) * _PIECE} characters of MT940")
    return [f"?{code}{piece}" for code, piece in zip(codes, cut, strict=False)]


def _folded(field: str) -> list[str]:
    return [field[at : at + _LINE] for at in range(0, len(field), _LINE)]
