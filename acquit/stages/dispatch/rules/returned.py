"""What came back in a file, whatever it is: an answer in a syntax of ours, or a mail. Pure.

A mail is read from the answers attached to it; where there are none, it is a rejection by the
report of a mail server or by its own words. What is rejected stands in the answer, or is one of
ours that the file points at: by the invoice it brings back, the mail it replies to, or a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from acquit.core.codecs import formats, mail
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.lifecycle import LifecycleStatus
from acquit.core.documents.response import Response
from acquit.core.faults import Fault
from acquit.stages.dispatch.rules.acceptances import Acceptance, taken
from acquit.stages.dispatch.rules.rejections import Rejection, told
from acquit.stages.dispatch.rules.remarks import Remark, remarks

Answer = Rejection | Acceptance | Remark

REASON_MAX = 500
_WORDS_MAX = 5_000  # of a text; more are no letter
_NUMBER_MAX = 35
_WORD = re.compile(r"[^\W_](?:[\w./+-]*\w)?")
# How people say that they do not take an invoice, in the languages of our countries.
_REFUSES = re.compile(
    r"\b(?:re?jet|rejec|refus|refuz|respin|undeliver|disput|contest|ablehn|abgelehn|abgewies"
    r"|abweis|zurück(?:ge)?(?:w[ei]|schick|sand|send)|beanstand)\w*"
    r"|(?:\bnot|n't|\bcannot)\s+(?:be\s+)?(?:accept|approv|process|book|post|pa[iy])\w*"
    r"|\b(?:lehnen|weisen)\b.{0,120}\b(?:ab|zurück)\b"
    r"|\bnicht\s+(?:akzept|annehm|angenomm|verarbeit|bearbeit|ge?buch|prüf)\w*"
    r"|\bne\s+(?:pouvons|peut|sera|pourra)\b.{0,60}\b(?:accept|trait|compta|pay|r[ée]gl)\w*"
    r"|\bnon\s+conforme|\bnu\s+(?:putem|pot|poate|accept|se\s+accept)\w*",
    re.IGNORECASE | re.DOTALL,
)
_GREETING = re.compile(
    r"(?:dear|hello|hi|good (?:day|morning|afternoon)|sehr geehrte|guten tag|hallo|bonjour|madame"
    r"|monsieur|bună|buna|stimat)\b.{0,80}",
    re.I,
)
_CLOSING = re.compile(
    r"(?:(?:kind|best|warm)?\s*regards|yours|sincerely|thank|mit freundlich|freundliche|viele grüße"
    r"|cordialement|bien à vous|sincères|cu stim|cu respect|mulțum|o zi bun).{0,80}",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Clues:
    """What may tell of which document a file speaks: ids of mails of ours, and words of which one
    may be a number."""

    mails: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a file answers, the number "" where it does not name the document; then ``clues`` do,
    the strongest first. Or ``faults``: why the file is no answer."""

    answers: tuple[Answer, ...] = ()
    clues: tuple[Clues, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(*, name: str, data: bytes, reason: str = "") -> Returned:
    """What the file says. ``reason`` is why a mail refuses, where a person says it for the mail."""
    return _mailed(data, reason) if mail.is_mail(data) else _answered(name, data)


def _answered(name: str, data: bytes) -> Returned:
    file = formats.read(data=data)
    if not file.documents:
        faults = [fault for part in file.parts for fault in part.reading.faults]
        unknown = Fault("response.unknown", "the file holds no answer to a document")
        return Returned(faults=(*file.faults, *faults) or (unknown,))
    found = told(file.documents)
    reasons = [rejection.reason for rejection in found]
    answers: tuple[Answer, ...] = (*found, *taken([file]), *remarks(file.documents))
    if not answers:
        held = ", ".join(dict.fromkeys(part.name for part in file.parts))
        fix = "import answers: an invoice response, APERAK, CONTRL, 997, CDAR, a mail"
        none = Fault("response.none", f"it answers no document: {held}", fix=fix)
        return Returned(faults=(none,))
    return Returned(
        answers,
        (_brought(file.documents), Clues(words=_words([name])), Clues(words=_words(reasons))),
    )


def _mailed(data: bytes, reason: str) -> Returned:
    message = mail.read(data)
    attached = [part for part in message.parts if not part.kind]
    files = [formats.read(data=part.body) for part in attached]
    documents = [document for file in files for document in file.documents]
    own = mail.own_words(message.text)
    outside = _words([message.subject, *(part.name for part in attached)])
    clues = (
        _brought(documents),
        Clues(message.answers, outside),
        Clues(words=_words([own])),
        Clues(words=_words([message.text])),
    )
    answers: tuple[Answer, ...] = (*told(documents), *taken(files), *remarks(documents))
    if any(isinstance(document, Response | LifecycleStatus) for document in documents):
        return Returned(answers, clues)
    code, why = "", reason.strip()
    if not why and message.failure is not None:
        code, why = message.failure.status, message.failure.text
    if not why and _REFUSES.search(f"{message.subject}\n{own}"):
        why = _gist(own) or message.subject
    if not why and answers:
        return Returned(answers, clues)
    if not why:
        unsaid = Fault(
            "response.undecided",
            "the mail does not say that it refuses a document",
            "reason",
            fix="if it does, say why it does: reason=...",
        )
        return Returned(faults=(unsaid,))
    source = message.sender_name or message.sender or "a mail"
    said = Rejection(document_number="", code=code, reason=why[:REASON_MAX], source=source)
    return Returned((said, *answers), clues)


def _brought(documents: Iterable[Any]) -> Clues:
    return Clues(words=tuple(doc.number for doc in documents if isinstance(doc, Invoice)))


def _words(texts: Sequence[str]) -> tuple[str, ...]:
    """The words that may be a number: not too long, with a digit in them; of such as the name of
    a file also their parts."""
    found: dict[str, None] = {}
    for word in (match[0] for text in texts for match in _WORD.finditer(text)):
        for one in (word, word.rpartition(".")[0], *re.split(r"[_.]", word)):
            if 0 < len(one) <= _NUMBER_MAX and any(map(str.isdigit, one)):
                found[one] = None
        if len(found) > _WORDS_MAX:
            break
    return tuple(found)


def _gist(text: str) -> str:
    """The words in one line, without greeting and goodbye."""
    kept: list[str] = []
    for line in filter(None, text.splitlines()):
        if kept and _CLOSING.fullmatch(line):
            break
        if kept or not (_GREETING.fullmatch(line) and line[-1:] in ",!:."):
            kept.append(line)
    return " ".join(kept)
