"""The values that views hand to the components of ``templates/cotton``.

All are frozen and carry ready words and addresses: a component decides nothing about the trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from acquit.core.money import Money


class Tone(StrEnum):
    """How something is to be taken. Always shown beside a word, never by colour alone."""

    CALM = "calm"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One page of the side navigation. ``go`` is its letter after ``g``; ``count`` its queue."""

    label: str
    url: str
    icon: str
    go: str = ""
    count: int | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NavGroup:
    """A titled part of the side navigation."""

    label: str
    items: Sequence[NavItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChoice:
    """A company the user may work in. ``key`` is posted as ``company``."""

    key: str
    label: str
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Everything around a page: ``base.html`` reads it as ``shell``.

    Addresses left empty hide their control. ``keys`` is the profile's switch for single-letter
    keys (WCAG 2.1.4).
    """

    groups: Sequence[NavGroup] = ()
    companies: Sequence[CompanyChoice] = ()
    user_name: str = ""
    user_role: str = ""
    company_url: str = ""
    language_url: str = ""
    palette_url: str = ""
    profile_url: str = ""
    sign_out_url: str = ""
    manual_url: str = ""
    keys: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Who sends the portal page: the seller. ``logo_url`` is an image on our own host."""

    seller_name: str
    logo_url: str = ""
    language_url: str = ""
    home_url: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a drill-down, from the sum to the byte. The last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of the lists a page offers, with how many entries it holds."""

    label: str
    url: str
    count: int | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A filter that is on, and the address of the same list without it."""

    label: str
    remove_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a chart: an amount and the list that sums to it."""

    label: str
    amount: Money
    url: str = ""
    tone: Tone | str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, for a timeline.

    ``why`` names the rule or the evidence of an automatic act; ``url`` leads to that rule or to
    the thing itself, and ``undo_url`` takes a POST that reverses it.
    """

    what: str
    at: datetime | date
    who: str
    why: str = ""
    url: str = ""
    undo_url: str = ""
    icon: str = "circle"
    tone: Tone | str = ""
