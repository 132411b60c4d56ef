"""Sentences whose number governs a noun: one form for one, another for many, and in Romanian a
third. The first ``count`` of a sentence governs it; see ``said``."""

from __future__ import annotations


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """Both forms, noted for the catalogs."""
    return one, many


PLURAL_TEXTS = (
    ngettext_noop(
        "%(count)s other answer fits as well",
        "%(count)s other answers fit as well",
    ),
    ngettext_noop(
        "at least %(count)s other answer fits as well",
        "at least %(count)s other answers fit as well",
    ),
    ngettext_noop("%(count)s migration has not run", "%(count)s migrations have not run"),
    ngettext_noop(
        "%(field)s needs 1 to %(count)s printable character",
        "%(field)s needs 1 to %(count)s printable characters",
    ),
    ngettext_noop(
        "a grace time of %(count)s minute is not possible",
        "a grace time of %(count)s minutes is not possible",
    ),
    ngettext_noop(
        "%(count)s delivered line of this import stands on drafts or documents",
        "%(count)s delivered lines of this import stand on drafts or documents",
    ),
    ngettext_noop(
        "the file has %(count)s byte, %(count_most)s are taken",
        "the file has %(count)s bytes, %(count_most)s are taken",
    ),
    ngettext_noop(
        "%(count)s movement of %(day)s equals movements imported before, without a bank "
        "reference, and the balances do not tell whether they are the same: imported %(known)s,"
        " this file %(whole)s",
        "%(count)s movements of %(day)s equal movements imported before, without a bank "
        "reference, and the balances do not tell whether they are the same: imported %(known)s,"
        " this file %(whole)s",
    ),
    ngettext_noop(
        "has %(count)s line; an entry has two or more",
        "has %(count)s lines; an entry has two or more",
    ),
    ngettext_noop(
        "%(count)s receipt stands for it; it must be one",
        "%(count)s receipts stand for it; it must be one",
    ),
    ngettext_noop(
        "%(count)s fact books it; it must be one",
        "%(count)s facts book it; it must be one",
    ),
)
