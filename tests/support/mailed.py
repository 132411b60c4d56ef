"""Advices as customers send them: mails with files, and tables as print."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

import typst


def mail(*, html: str = "", text: str = "siehe Anlage", sender: str = "") -> EmailMessage:
    made = EmailMessage()
    made["From"] = f"Kreditoren <{sender or 'AP@kunde.example'}>"
    made["Subject"] = "Zahlungsavis"
    made["Date"] = "Mon, 02 Mar 2026 08:00:00 +0100"
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def attached(made: EmailMessage, body: bytes, name: str) -> bytes:
    made.add_attachment(body, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def page(rows: Sequence[tuple[str, ...]], title: str = "Avis") -> bytes:
    """The table as print: columns of their own widths, amounts to the right, blank cells blank."""
    cells = "\n".join(f"[{cell}]," for row in rows for cell in row)
    source = (
        f"#set page(width: 21cm, height: 14cm)\n= {title} an Muster\nSehr geehrte Damen,\n"
        "#table(columns: (auto, auto, 1fr, 1fr, 1fr), stroke: none,"
        f" align: (left, left, right, right, right),\n{cells}\n)"
    )
    return typst.compile(source.encode())
