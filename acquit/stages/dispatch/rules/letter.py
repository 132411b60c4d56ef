"""The words of the mail that carries a document, as the company wrote them for this customer."""

from __future__ import annotations

from dataclasses import dataclass

from acquit.core import wording

_SUBJECT_MAX = 200
# The words of the link belong to the page that it opens.
_LINK = {
    "en": "See the document online",
    "fr": "Voir le document en ligne",
    "de": "Beleg online ansehen",
    "ro": "Vedeți documentul online",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and paragraphs of one mail, and the text of its link."""

    language: str
    subject: str
    paragraphs: tuple[str, ...]
    link_text: str


def words(*, subject: str, body: str, number: str, language: str) -> Words:
    """The mail: one line of subject (the number of the document where the company says none), and
    a paragraph for each part of the body between blank lines."""
    line = " ".join(subject.split())[:_SUBJECT_MAX] or number
    return Words(language, line, wording.paragraphs(body), _LINK[language])
