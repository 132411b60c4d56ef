"""The last day of the demo: queues with something in them for everybody who signs in."""

from __future__ import annotations

from datetime import timedelta

from acquit.core.codecs import efactura
from acquit.core.codecs.ubl import application_response
from acquit.core.codecs.ubl.application_response import REASONS
from acquit.core.documents.parties import Identifier
from acquit.core.documents.response import Layer, Reason, Response, ResponseStatus, Subject
from acquit.core.money import Money
from acquit.entrypoints.console.demo import hard, payers, trade
from acquit.entrypoints.console.demo.cast import Part
from acquit.entrypoints.console.demo.trade import Span
from acquit.entrypoints.console.demo.year import ACCOUNTS, CREDIT_REASONS, LIMITS, Year
from acquit.entrypoints.taking_in import take_in
from acquit.stages.dispatch.commands.answer import answer
from acquit.stages.dispatch.commands.deliver import run_due
from acquit.stages.dispatch.commands.send import Sending, send
from acquit.stages.dispatch.rules.acceptances import Acceptance
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.commands.credit import Credit, credit
from acquit.stages.invoices.commands.hold import Holding, hold
from acquit.stages.invoices.models import Draft, Reporting
from acquit.stages.invoices.queries.documents import DocumentRow, Filters, documents
from acquit.stages.masterdata.commands.save_customers import CustomerData, save_customers
from acquit.stages.masterdata.commands.settings import BankDetails, change_bank
from acquit.stages.matching.commands.propose import propose
from acquit.stages.receivables.models import OpenItem

# Clerks write in the language of their company.
HELD = {
    "carpat": ("Prețul se clarifică cu vânzările", "Clientul cere factura săptămâna viitoare"),
    "nordlicht": (
        "Preis wird mit dem Vertrieb geklärt",
        "Kunde wünscht die Rechnung nächste Woche",
    ),
}
NO_COST_CENTRE = {"carpat": "lipsește centrul de cost", "nordlicht": "Kostenstelle fehlt"}
LOST_MINOR = 150_00  # by so much the parked statement does not add up
SENT_SINCE = timedelta(days=31)
SENT_MAX = 500
# So many documents nobody has reported, and for so long an answer is waited for.
FORGOTTEN = 3
ANSWERED = timedelta(days=3)
# How many addresses are wrong: somebody forgot the end, and no mail server has such a name.
BAD_ADDRESSES = 2
# The account the company wants to change to; its owner is asked twice.
NEW_ACCOUNT = {
    "carpat": ("RO07BTRLEURCRT0123456789", "", "Banca Exemplu Nouă"),
    "nordlicht": ("DE89370400440532013000", "COBADEFFXXX", "Neue Beispielbank"),
}


class Today(Year):
    """A year, and a morning on which its work waits."""

    waiting = 38  # receipts
    drafts = 90  # half of 180: there are two companies
    cases: list[payers.Payment]

    def wait(self) -> None:
        span = Span(self.today, self.today)
        self.rates(span)
        self.report()
        self.draft(self.drafts)
        self.ask_for_credits()
        self.ask_for_bank_change()
        self.receive(span)
        self.send_last_month()

    def report(self) -> None:
        """What the tax office took, each document in its day or two; one of the last weeks was
        forgotten, and the last days' are not answered yet."""
        running = Reporting.objects.of(self.company_id).order_by("issued_on", "id")
        rows = list(running.values_list("document__number", "issued_on", "report_by"))
        late = [number for number, _, last in rows if last < self.today][-FORGOTTEN:]
        items = [
            Acceptance(
                document_number=number,
                source=efactura.OFFICE,
                on=day + timedelta(days=1 + place % 2),
            )
            for place, (number, day, _) in enumerate(rows)
            if day + ANSWERED < self.today and number not in late
        ]
        answer(ctx=self.ctx(self.today, self.people["billing_clerk"]), items=items)

    def draft(self, count: int) -> None:
        """Today's deliveries as drafts. The public buyers' references have run out, so theirs
        wait for one (BT-10); two drafts are held."""
        public = [player for player in self.cast if player.part is Part.PUBLIC]
        save_customers(
            ctx=self.ctx(self.today, self.people["administrator"]),
            items=[CustomerData(number=p.data.number, buyer_reference="") for p in public],
        )
        items = trade.orders_of_today(
            slug=self.new.slug, cast=self.cast, today=self.today, count=count
        )
        self.record(self.today, list(items))
        clerk = self.people["billing_clerk"]
        bill(ctx=self.ctx(self.today, clerk), as_of=self.today, straight_through=False)
        ready = Draft.objects.of(self.company_id).filter(state="ready").order_by("-gross_minor")
        reasons = HELD[self.new.slug]
        chosen = ready.values_list("id", flat=True)[: len(reasons)]
        holding = [Holding(draft_id=i, why=why) for i, why in zip(chosen, reasons, strict=False)]
        hold(ctx=self.ctx(self.today, clerk), items=holding)

    def ask_for_credits(self) -> None:
        """The small one is done by the accountant alone; two wait for the manager."""
        alone, manager = (Money.of(amount, self.home).minor for _role, amount in LIMITS)
        found = sorted(
            (row.gross.minor, row.number, row.id)
            for row in self.recent()
            if row.kind == "invoice" and row.gross.currency == self.home
        )
        small = [row for row in found if row[0] <= alone][-1:]
        large = [row for row in found if alone < row[0] <= manager][-2:]
        reasons = CREDIT_REASONS[self.new.slug]
        items = [
            Credit(document_id=row[2], reason=why)
            for row, why in zip([*large, *small], reasons, strict=False)
        ]
        credit(ctx=self.ctx(self.today, self.people["accountant"]), items=items)

    def ask_for_bank_change(self) -> None:
        """Money follows this line: whoever else may approve looks at it."""
        iban, bic, name = NEW_ACCOUNT[self.new.slug]
        change_bank(
            ctx=self.ctx(self.today, self.people["administrator"]),
            items=[BankDetails(iban=iban, bic=bic, bank_name=name)],
        )

    def receive(self, span: Span) -> None:
        """This morning's bank files: what settles itself, the hard cases, one that is parked."""
        certain = [payment for payment in self.due(span) if payers.is_certain(payment)]
        self.keep(certain)
        base = self.home
        other = next(currency for currency in self.closing if currency != base)
        scene = hard.Scene(
            owed=[item for item in self.owed() if item.number not in self.paid],
            notes=self.owed(kind="credit_note"),
            cast=self.by_number,
            day=self.today,
            home=base,
            other=other,
            rate=self.rate,
        )
        self.cases = hard.cases(scene=scene, count=self.waiting - self.unapplied())
        paid = [*certain, *self.cases]
        for currency in ACCOUNTS[self.new.slug]:
            self.bank_file(span, currency, [p for p in paid if p.currency == currency])
        propose(ctx=self.ctx(self.today, self.people["cash_clerk"]), items=[])
        late = [payers.card_settlement(on=self.today, currency=base)]
        self.bank_file(span, base, late, part="-2", lost_minor=LOST_MINOR)

    def unapplied(self) -> int:
        """Receipts of earlier days that still wait."""
        return OpenItem.objects.of(self.company_id).filter(kind="receipt", open_minor__gt=0).count()

    def recent(self) -> list[DocumentRow]:
        """The documents of the last month."""
        since = self.today - SENT_SINCE
        filters = Filters(issued_from=since)
        return list(documents(company_id=self.company_id, filters=filters, limit=SENT_MAX).rows)

    def be_rejected(self) -> DocumentRow:
        """A customer wants his cost centre on invoices: he opened one on its page, and his program
        answered that it takes none without. Whoever reads it makes it a rule."""
        at_home = [p for p in self.cast if p.data.country == self.new.country]
        usual = {p.data.number: p for p in at_home if p.part is Part.USUAL}
        row = next(
            row
            for row in self.recent()
            if row.kind == "invoice" and row.customer_number in usual and row.gross.minor > 0
        )
        clerk, player = self.people["billing_clerk"], usual[row.customer_number]
        sending = [Sending(document_id=row.id, channel="portal")]
        sent = send(ctx=self.ctx(self.today, clerk), items=sending)
        run_due(ctx=self.ctx(self.today), ids=sent.ids)
        reason = Reason(code="REF", text=NO_COST_CENTRE[self.new.slug], path="BT-19", list=REASONS)
        response = Response(
            layer=Layer.APPLICATION,
            status=ResponseStatus.REJECTED,
            subject=Subject(document=row.number, document_type="380"),
            number=f"IR-{row.number}",
            issue_date=self.today,
            sender=Identifier(player.data.email or player.data.number, "EM"),
            receiver=Identifier(self.new.email, "EM"),
            sender_name=player.data.name,
            reasons=(reason,),
        )
        take_in(
            ctx=self.ctx(self.today, clerk),
            kind="responses",
            profile="",
            filename=f"response-{row.number}.xml",
            content=application_response.write(document=response).data,
            options={},
        )
        return row

    def send_last_month(self) -> None:
        """The last month's documents go to their customers as soon as Acquit runs. First those
        that cannot arrive, which soon wait to be looked at: paper without a printer, and two
        addresses that no mail server has."""
        rejected = self.be_rejected()
        rows = [row for row in self.recent() if row.id != rejected.id]
        rows.sort(key=lambda row: row.kind != "invoice")
        wrong = {p.data.number: (p.data.email or "").removesuffix(".example") for p in self.cast}
        paper = {p.data.number for p in self.cast if p.part is Part.PAPER}
        mailed = [row for row in rows if row.customer_number not in paper]
        failing = [Sending(document_id=row.id) for row in rows if row.customer_number in paper]
        failing += [
            Sending(document_id=row.id, recipient=wrong[row.customer_number])
            for row in mailed[:BAD_ADDRESSES]
        ]
        rest = [Sending(document_id=row.id) for row in mailed[BAD_ADDRESSES:]]
        for items in (failing, rest):
            send(ctx=self.ctx(self.today, self.people["billing_clerk"]), items=items)
