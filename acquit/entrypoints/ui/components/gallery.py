"""Sample values for the style guide: every component in every state, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from acquit.core.faults import Fault
from acquit.core.money import Money
from acquit.entrypoints.ui.components.shapes import (
    Bar,
    Chip,
    CompanyChoice,
    Event,
    Guest,
    NavGroup,
    NavItem,
    Shell,
    Step,
    Tab,
    Tone,
)
from acquit.entrypoints.ui.components.status import STATUSES
from acquit.entrypoints.ui.links import Pages


class SampleForm(forms.Form):
    """One field of each kind; bound without values it shows every error."""

    name = forms.CharField(label=_("Customer name"), max_length=80)
    iban = forms.CharField(label="IBAN", help_text=_("Spaces are fine."), required=False)
    due = forms.DateField(
        label=_("Due date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    channel = forms.ChoiceField(
        label=_("Send by"), choices=[("email", _("E-mail")), ("portal", _("Portal"))]
    )
    remind = forms.ChoiceField(
        label=_("Reminders"),
        widget=forms.RadioSelect,
        choices=[("yes", _("As usual")), ("no", _("Paused"))],
    )
    note = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    vat = forms.BooleanField(label=_("Registered for VAT"), required=False)


@dataclass(frozen=True, slots=True)
class SampleRow:
    number: str
    customer: str
    city: str
    status: str
    issued: date
    due: date
    amount: Money
    open: Money
    base: Money | None = None


def _rows(today: date) -> list[SampleRow]:
    def row(
        number: int,
        customer: str,
        city: str,
        status: str,
        age: int,
        minor: int,
        open_minor: int,
        currency: str = "RON",
        base: int = 0,
    ) -> SampleRow:
        issued = today - timedelta(days=age)
        return SampleRow(
            f"F-2026-{number:05}",
            customer,
            city,
            status,
            issued,
            issued + timedelta(days=30),
            Money(minor, currency),
            Money(open_minor, currency),
            Money(base, "RON") if base else None,
        )

    return [
        row(4211, "Băneasa Distribuție S.R.L.", "București", "overdue", 74, 1_845_060, 1_845_060),
        row(4302, "Șerban & Țone Impex S.A.", "Iași", "partly_paid", 41, 920_000, 310_050),
        row(
            4378,
            "Großhandelsgesellschaft Müller mbH & Co. KG",
            "Nürnberg",
            "open",
            12,
            1_204_999,
            1_204_999,
            "EUR",
            5_996_200,
        ),
        row(
            4380,
            "Établissements Lefèvre",
            "Besançon",
            "disputed",
            38,
            88_400,
            88_400,
            "EUR",
            439_900,
        ),
        row(4391, "Ion Văcărescu P.F.A.", "Cluj-Napoca", "promised", 33, 12_050, 12_050),
        row(4402, "Hargreaves Tools Ltd", "Leeds", "paid", 29, 450_000, 0, "GBP", 2_635_000),
        row(4410, "Hargreaves Tools Ltd", "Leeds", "issued", 3, -45_000, -45_000, "GBP", -263_500),
        row(4417, "Nippon Kōgu K.K.", "Osaka", "draft", 0, 1_250_000, 1_250_000, "JPY", 3_710_000),
    ]


def _events(today: date) -> list[Event]:
    def at(days: int, hour: int, minute: int) -> datetime:
        return make_aware(datetime.combine(today - timedelta(days=days), time(hour, minute)))

    return [
        Event(
            what="F-2026-04302 issued",
            at=at(41, 8, 12),
            who="Ioana Marin",
            why="grouping policy v3, row 2: one invoice per delivery",
            icon="file-invoice",
            tone=Tone.INFO,
            url="#",
        ),
        Event(
            what="Sent to ap@serban-tone.example",
            at=at(41, 8, 14),
            who="Acquit",
            why="channel e-mail, accepted by the mail server",
            icon="send",
            tone=Tone.INFO,
        ),
        Event(
            what="Opened in the portal",
            at=at(40, 10, 41),
            who="Customer",
            icon="eye",
            tone=Tone.GOOD,
        ),
        Event(
            what="6,099.50 RON allocated",
            at=at(8, 9, 2),
            who="Acquit",
            why="number in the text and amount exact (rule 1)",
            icon="check",
            tone=Tone.GOOD,
            undo_url="#",
            url="#",
        ),
        Event(
            what="Reminder bounced",
            at=at(1, 7, 30),
            who="Acquit",
            why="550 mailbox unknown",
            icon="arrow-back-up",
            tone=Tone.BAD,
            url="#",
        ),
    ]


def _bars(currency: str) -> list[Bar]:
    return [
        Bar(label="Not due", amount=Money(41_208_550, currency), url="#nd", tone=Tone.GOOD),
        Bar(label="1–30 days", amount=Money(18_450_600, currency), url="#30"),
        Bar(label="31–60 days", amount=Money(7_120_015, currency), url="#60", tone=Tone.WARN),
        Bar(label="61–90 days", amount=Money(2_310_000, currency), url="#90", tone=Tone.WARN),
        Bar(label="Over 90 days", amount=Money(5_998_075, currency), url="#o", tone=Tone.BAD),
    ]


def _groups() -> list[NavGroup]:
    return [
        NavGroup(
            label="Today",
            items=[
                NavItem(label="Billing", url="#b", icon="file-invoice", go="b", count=45),
                NavItem(label="Apply", url="#a", icon="receipt", go="a", count=38),
                NavItem(label="Approvals", url="#p", icon="shield-lock", count=2),
            ],
        ),
        NavGroup(
            label="Records",
            items=[
                NavItem(label="Invoices", url="#i", icon="file-text", go="i", is_current=True),
                NavItem(label="Customers", url="#c", icon="users", go="c"),
                NavItem(label="Bank", url="#k", icon="building-bank"),
                NavItem(label="Imports", url="#m", icon="upload"),
            ],
        ),
        NavGroup(
            label="Books",
            items=[
                NavItem(label="Ageing", url="#g", icon="report-money", go="r"),
                NavItem(label="Trial balance", url="#t", icon="scale", go="t"),
                NavItem(label="Forderungsbuchhaltung", url="#f", icon="layout-list"),
            ],
        ),
        NavGroup(
            label="System",
            items=[
                NavItem(label="Mailbox", url="#x", icon="mail"),
                NavItem(label="Health", url="#h", icon="settings", go="h"),
            ],
        ),
    ]


def sample_shell() -> Shell:
    """A full navigation, two companies, all controls on."""
    return Shell(
        groups=_groups(),
        companies=[
            CompanyChoice(key="ro", label="Carpatica Distribuție S.R.L.", is_current=True),
            CompanyChoice(key="de", label="Carpatica Handels GmbH"),
        ],
        user_name="Ioana Marin",
        user_role="Cash application",
        company_url="/styleguide",
        language_url="/styleguide",
        palette_url="/styleguide/palette",
        profile_url="#",
        sign_out_url="/styleguide",
        manual_url="#",
    )


def _lists() -> dict[str, object]:
    """Steps, tabs, filters and faults."""
    return {
        "steps": [
            Step(label="Trial balance", url="#"),
            Step(label="4111 Customers", url="#"),
            Step(label="Entry 2026-1187", url="#"),
            Step(label="statement-1120.xml, line 214"),
        ],
        "tabs": [
            Tab(label="To review", url="#r", count=3),
            Tab(label="Ready", url="#y", count=42, is_current=True),
            Tab(label="Sent today", url="#s", count=1240),
            Tab(label="Rejected", url="#j", count=0),
        ],
        "chips": [
            Chip(label="Status: Overdue", remove_url="#"),
            Chip(label="Due before: 21 Nov 2026", remove_url="#"),
        ],
        "channels": [("", "All channels"), ("email", "E-mail"), ("portal", "Portal")],
        "faults": [
            Fault(
                "order.customer_unknown",
                "Customer 17841 is not known.",
                "row 17",
                fix="Import the customer first, or add it here.",
            ),
            Fault(
                "invoice.totals",
                "Sum of lines is 100.00, document says 100.01.",
                "totals.net",
                rule="BR-CO-10",
                fix="Check line 3.",
            ),
        ],
    }


def gallery(*, today: date) -> dict[str, object]:
    """The context of ``styleguide.html``."""
    return {
        **_lists(),
        "today": today,
        "shell": sample_shell(),
        "statuses": list(STATUSES),
        "rows": _rows(today),
        "events": _events(today),
        "bars": _bars("RON"),
        "pages": Pages("?after=a", "?", "?after=b"),
        "figures": {
            "overdue": Money(33_878_690, "RON"),
            "unapplied": Money(-1_250_000, "RON"),
            "zero": Money(0, "EUR"),
            "small": Money(1, "KWD"),
            "yen": Money(1_250_000, "JPY"),
            "big": Money(98_765_432_109_876, "EUR"),
            "base": Money(5_996_200, "RON"),
        },
        "form": SampleForm(),
        "wrong_form": SampleForm(data={"iban": "RO49"}, auto_id="wrong_%s"),
        "guest": Guest(
            seller_name="Carpatica Distribuție S.R.L.",
            language_url="/styleguide",
            contact="ar@carpatica.example · +40 21 555 0102",
        ),
    }
