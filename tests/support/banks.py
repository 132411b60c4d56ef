"""Bank files in the syntaxes that the program only reads, as a bank would write them."""

from __future__ import annotations

from acquit.core.documents.bank import BankLine, BankStatement


def bai2(statement: BankStatement, *, interim: bool = False) -> bytes:
    """One account of one day; ``lines`` are booked. Amounts of a day sum up in record 49."""
    assert statement.to_date
    day = f"{statement.to_date:%y%m%d}"
    opening, closing = statement.opening_minor or 0, statement.closing_minor or 0
    amounts = f"010,{opening},,,015,{closing},,"
    if statement.opening_minor is None:
        amounts = f"015,{closing},,"
    account = [f"03,{statement.account},{statement.currency},{amounts}/"]
    total = closing + (0 if statement.opening_minor is None else opening)
    for line in statement.lines:
        total += abs(line.amount_minor)
        code = "475" if line.amount_minor < 0 else "165"
        first, *rest = (line.remittance or "").split("\n")
        account.append(
            f"16,{code},{abs(line.amount_minor)},V,{day},1200,{line.bank_reference},"
            f"{line.end_to_end_id},{first}"
        )
        account += [f"88,{text}" for text in rest]
    account.append(f"49,{total},{len(account) + 1}/")
    group = [f"02,US,BANK,1,{day},2359,{statement.currency},{3 if interim else 2}/", *account]
    group.append(f"98,{total},1,{len(group) + 1}/")
    file = [f"01,BANK,US,{day},2359,7,80,1,2/", *group]
    file.append(f"99,{total},1,{len(file) + 1}/")
    return "\n".join([*file, ""]).encode()


def ofx(statement: BankStatement, *, xml: bool = False) -> bytes:
    """One account; OFX has no opening balance. SGML leaves out the ends of values."""
    assert statement.to_date and statement.from_date

    def value(name: str, text: str) -> str:
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        return f"<{name}>{text}</{name}>" if xml else f"<{name}>{text}"

    def amount(minor: int) -> str:
        return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"

    rows = []
    for line in statement.lines:
        rows += ["<STMTTRN>", value("TRNTYPE", "CREDIT" if line.amount_minor > 0 else "DEBIT")]
        rows += [value("DTPOSTED", f"{line.booking_date:%Y%m%d}120000[+1:CET]")]
        rows += [value("TRNAMT", amount(line.amount_minor)), value("FITID", line.bank_reference)]
        for name, text in (("NAME", line.payer_name), ("MEMO", line.remittance)):
            rows += [value(name, text)] if text else []
        rows += ["</STMTTRN>"]
    head = (
        ['<?xml version="1.0" encoding="UTF-8"?>', '<?OFX OFXHEADER="200" VERSION="220"?>']
        if xml
        else ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "ENCODING:UTF-8", ""]
    )
    body = [
        *head, "<OFX><BANKMSGSRSV1><STMTTRNRS>", value("TRNUID", "0"), "<STMTRS>",
        value("CURDEF", statement.currency), "<BANKACCTFROM>", value("BANKID", "BANK"),
        value("ACCTID", statement.account), value("ACCTTYPE", "CHECKING"), "</BANKACCTFROM>",
        "<BANKTRANLIST>", value("DTSTART", f"{statement.from_date:%Y%m%d}"),
        value("DTEND", f"{statement.to_date:%Y%m%d}"), *rows, "</BANKTRANLIST>", "<LEDGERBAL>",
        value("BALAMT", amount(statement.closing_minor or 0)),
        value("DTASOF", f"{statement.to_date:%Y%m%d}"), "</LEDGERBAL>",
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>", "",
    ]  # fmt: skip
    return "\r\n".join(body).encode()


def coda(statement: BankStatement) -> bytes:
    """One statement of an IBAN account; a structured reference stands in record 2.1."""
    assert statement.to_date

    def signed(minor: int) -> str:
        return f"{int(minor < 0)}{abs(minor) * 10:015}"

    day = f"{statement.to_date:%d%m%y}"
    zone = f"{statement.account_iban:<34}   "[:34] + statement.currency
    records = [
        f"12001{zone:<37}{signed(statement.opening_minor or 0)}{day}{'HOLDER':<26}{'':<35}001"
    ]
    debits = credits = 0
    for number, line in enumerate(statement.lines, start=1):
        records += _coda_movement(number, line, signed(line.amount_minor))
        debits += max(0, -line.amount_minor)
        credits += max(0, line.amount_minor)
    records.append(f"8001{zone:<37}{signed(statement.closing_minor or 0)}{day}{'':<64}0")
    trailer = f"9{'':<15}{len(records):06}{debits * 10:015}{credits * 10:015}{'':<75}2"
    head = f"00000{day}30005{'':<8}FILE      {'HOLDER':<26}KREDBEBB   {'00404000001':<11}"
    return "\r\n".join([f"{head:<127}2", *records, trailer, ""]).encode("latin-1")


def _coda_movement(number: int, line: BankLine, amount: str) -> list[str]:
    text = line.remittance
    if line.structured_references:
        said = f"1101{line.structured_references[0]:<50}"
        text = ""
    else:
        said = f"0{text[:53]:<53}"
    key = f"{number:04}0000"
    value = f"{line.value_date or line.booking_date:%d%m%y}"
    booked = f"{line.booking_date:%d%m%y}"
    return [
        f"21{key}{line.bank_reference:<21}{amount}{value}00150000{said}{booked}001010 0"[:128],
        f"22{key}{text[53:106]:<53}{line.end_to_end_id:<35}{'':<27}1 0".ljust(128),
        f"23{key}{line.payer_iban:<34}EUR{line.payer_name:<35}{text[106:149]:<43}0 0",
    ]
