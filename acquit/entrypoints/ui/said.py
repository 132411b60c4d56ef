"""What lower shelves say in English, in the reader's language.

Evidence, faults, checks and titles of policies are made where no language is known, and kept as
they were said. Pages show them through the filter ``said``: the text is found among those below,
word for word or by its pattern, and its values are put into the translation. What is not listed
here shows as it was said.
"""

from __future__ import annotations

import re

from django.utils import translation
from django.utils.translation import gettext_noop as _

TEXTS = (
    # Evidence of proposals
    _("amount exact"),
    _("amount is exactly the sum of the %(count)s documents"),
    _("amount exact for what the other receipts leave"),
    _("the amount is %(amount)s less than what the documents leave open"),
    _("the amount is %(amount)s more than what the documents leave open"),
    _("the receipt was recorded for another customer"),
    _("another receipt already settles these documents"),
    _("%(count)s other documents have the same number"),
    _("no open document number in the text"),
    _("no open document of this customer has this amount"),
    _("the only open document with this amount"),
    _("the payer is not known as its customer"),
    _("%(count)s open documents have this amount"),
    _("the customer's only document with this amount; %(count)s others have it"),
    _("%(count)s documents of the customer have this amount"),
    _("number %(number)s in %(place)s, written otherwise"),
    _("number %(number)s in the end-to-end reference"),
    _("number %(number)s in text"),
    _("same IBAN as customer %(number)s"),
    # Changes of drafts
    _("the drafts differ in %(what)s"),
    _("choose at least two drafts that exist"),
    _("choose lines of this draft"),
    _("leave at least one line in the draft"),
    _("%(day)s is after the accounting day %(today)s"),
    _("issue on %(day)s or before"),
    _("series %(series)s already has documents of %(last)s; %(day)s would go back"),
    _("issue on %(day)s or later"),
    _("say why it is held"),
    # Checks of drafts
    _("buyer reference missing"),
    _("type the reference the buyer gave (in Germany the Leitweg-ID)"),
    _("purchase order number missing"),
    _("type the number of the buyer's order"),
    _("%(name)s has no e-mail address to send to"),
    _("type the address or choose another channel"),
    _("complete the customer's address"),
    _("the company has no VAT id"),
    _("enter the VAT id"),
    _("%(passed)s passed, %(failed)s failed: %(why)s"),
    _("%(passed)s passed"),
    # Settings
    _("the file is larger than %(size)s kB"),
    _("save it smaller"),
    _("the file is neither a PNG nor a JPEG picture"),
    _("save it as PNG or JPEG"),
    _("the picture has %(width)s x %(height)s pixels"),
    _("scale it down to at most %(size)s on each side"),
    _("the picture is damaged or cut off"),
    _("open it in a picture editor and save it again"),
    _("the picture has greys of 16 bits"),
    _("save it with 8 bits for each colour"),
    _("%(text)s is not a colour"),
    _("write such as %(example)s"),
    # Approvals
    _("Reason"),
    _("Month"),
    _("Number"),
    _("%(amount)s is above the limit of %(limit)s"),
    # Policies
    _("Which deliveries share one document"),
    _("Which drafts get their number without a person"),
    _("Which tax code a line gets"),
    _("Over which channel a document is sent"),
    _("What happens to a proposal of the matcher"),
    _("Customer number"),
    _("Customer country (ISO 3166)"),
    _("Customer segment"),
    _("Probability that it is right, 0 to 1"),
    _("Other answers that fit as well"),
    _("Class of evidence: reference, amount ..."),
    _("Money left over, in company currency"),
    _("Amount received, in company currency"),
    _("A person chooses."),
    _("Nothing worth showing."),
    _("One answer, all but certain."),
    # Payment terms
    _("Due on receipt"),
    _("%(days)s days net"),
    _("%(days)s days end of month"),
    _("%(share)s % within %(early)s days, %(days)s days net"),
    # Health
    _("up to date"),
    _("an older schema refuses what this release writes"),
    _("row-level security in force"),
    _("the database itself keeps portal and API requests inside one company"),
    _("none given up"),
    _("a job that failed too often waits for a person"),
    _("all told"),
    _("programs outside were not told what happened here"),
    _("%(version)s is known since %(day)s or earlier"),
    _("minor versions close security holes and repair data-losing errors"),
    _("update the PostgreSQL server; the data stay as they are"),
    _("nothing works without it"),
    _("answers"),
    _("no failure"),
    _("without it a restore ends at the last backup, and the log fills the disk"),
    _("without checksums a failing disk changes figures unseen"),
    _("stop the server and run pg_checksums --enable on it"),
    _("without it a power cut loses or damages what was already confirmed"),
    _("set %(name)s = on and restart the server"),
    _("without a worker nothing is sent, rendered or matched"),
)
_EXACT = frozenset(TEXTS)


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", text)
    made = "".join(
        f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
    return re.compile(made)


# The longest first: what fits it may fit a shorter one too.
_PATTERNS = tuple(
    (text, _pattern(text)) for text in sorted(TEXTS, key=len, reverse=True) if "%(" in text
)


def said(text: str) -> str:
    """The text in the reader's language; unchanged where nobody wrote it down above."""
    if text in _EXACT:
        return translation.gettext(text)
    for known, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            translated = translation.gettext(known)
            for name, value in found.groupdict().items():
                translated = translated.replace(f"%({name})s", said(value))
            return translated
    return text
