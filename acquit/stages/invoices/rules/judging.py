"""What the native judge says of a plan before it is issued, at the price of a look.

A run makes many documents and few shapes of them. What rules of a standard look at (which terms
are there, their codes, the length of their texts, whether an amount is zero) makes the key of a
shape; the first document of a shape is written as UBL and judged, the others take its verdict.
Sums need no judge: they are the same arithmetic for every plan. A shape that was refused at a line
is judged anew each time, because the number of the line differs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from acquit.core.codecs import ubl
from acquit.core.documents.invoice import Invoice
from acquit.core.documents.parties import Address
from acquit.core.documents.profiles import BASE, XRECHNUNG, is_leitweg, romanian_address
from acquit.core.faults import Fault, Refused, Severity
from acquit.core.judges import native
from acquit.core.judges.codes import codes
from acquit.core.judges.packs import packs
from acquit.core.packs import Pack
from acquit.core.tables import CompiledTable
from acquit.core.text import sha256
from acquit.policy.demands import Asker, Demands, concerns
from acquit.policy.demands import faults as demanded
from acquit.stages.invoices.rules import document as doc
from acquit.stages.invoices.rules import numbering
from acquit.stages.invoices.rules.parties import Customer, buyer_party
from acquit.stages.invoices.rules.plan import Plan, PlannedLine, PlannedTax
from acquit.stages.invoices.rules.prospect import prospect, seller_as_printed, supply_of
from acquit.stages.masterdata.rules.terms import Term
from acquit.stages.masterdata.rules.territory import is_domestic
from acquit.stages.orders.rules import places
from acquit.stages.orders.rules.places import Place

# A fault of a business term has the code under which the page lets one type the value.
CODES = {
    "BT-10": "buyer.reference",
    "BT-11": "order.project",
    "BT-12": "order.contract",
    "BT-13": "order.reference",
    "BT-19": "order.buyer_accounting",
    "BT-31": "seller.vat_id",
    "BT-44": "buyer.name",
    "BT-48": "buyer.vat_id",
    "BT-50": "buyer.address",
    "BT-52": "buyer.address",
    "BT-53": "buyer.address",
    "BT-55": "buyer.country",
    "BT-75": "buyer.address",  # goods are delivered to the buyer's address, or see below
    "BT-77": "buyer.address",
    "BT-78": "buyer.address",
    "BT-80": "buyer.country",
}
# What a place of delivery lacks that is not the buyer's address.
_OF_PLACE = {
    "BT-75": "place.street",
    "BT-77": "place.city",
    "BT-78": "place.postcode",
    "BT-79": "place.region",
    "BT-80": "place.country",
}
_PLACE_NAMES = frozenset(places.NAMES)
_KEPT_MAX = 50_000
_kept: dict[tuple[Any, ...], tuple[Fault, ...]] = {}
# Without signs that a rule or a syntax reads.
_USUAL = re.compile(r"[^\s#\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
                    r"([^#\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*[^\s#])?")  # fmt: skip
_MAY_ADDRESS = ("buyer_reference", "purchase_order")
_SAID = ("message", "path", "rule", "fix", "severity")
_FIGURES = str.maketrans("0123456789", "0" * 10)
_MICRO_OF_FOUR = 100  # millionths: finer than that is more than four decimals


class _Seller(NamedTuple):
    """The seller as printed for one kind and language, by the hash of all that is printed."""

    kind: str
    digest: str


@dataclass(slots=True)
class Judging:
    """The judge of the plans of one company on one day; ``rates`` as in planning."""

    company: Any
    pack: Pack
    terms: Mapping[str, Term]
    rates: Mapping[str, Decimal]
    choose: CompiledTable  # the policy einvoice
    demands: Demands
    on: date
    _profiles: dict[tuple[UUID, str], str] = field(default_factory=dict)
    _sellers: dict[tuple[str, str, frozenset[str]], _Seller] = field(default_factory=dict)
    _buyers: dict[tuple[UUID, str], tuple[Any, ...]] = field(default_factory=dict)
    _concerned: dict[UUID, bool] = field(default_factory=dict)
    _edition: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        self._edition = _editions(self.on)

    def profile(self, customer: Customer, kind: str) -> str:
        """The id of the pack that the documents of the customer must obey on the day."""
        found = self._profiles.get((customer.id, kind))
        if found is None:
            facts = {
                "customer.number": customer.number,
                "customer.country": customer.country,
                "customer.segment": customer.segment or None,
                "customer.is_domestic": is_domestic(customer.country, of=self.company.country),
                "customer.has_vat_id": bool(customer.vat_id),
                "customer.endpoint_scheme": customer.endpoint_scheme or None,
                "company.country": self.company.country,
                "document.kind": kind,
                "document.on": self.on,
            }
            found = str(self.choose.decide(facts).value("profile") or BASE)
            self._profiles[customer.id, kind] = found
        return found

    def dressed(self, plan: Plan, customer: Customer) -> Plan:
        """The plan that knows its pack of rules, and what that pack wants said beside it: the
        discount in a form for machines, the rate that turns the VAT into the books' currency."""
        profile = self.profile(customer, plan.kind)
        header = plan.header
        if profile == BASE:
            if "profile" not in header:
                return plan
            return plan._replace(header=_without(header))
        said: dict[str, Any] = {"profile": profile}
        term = self.terms.get(plan.terms)
        if profile == XRECHNUNG and term is not None and term.discount_percent:
            said["skonto"] = [[term.discount_days, str(term.discount_percent)]]
        own = self.company.currency
        if plan.currency != own and plan.currency in self.rates:
            said["vat_rate"] = {"value": str(self.rates[plan.currency]), "target": own}
        return plan._replace(header=_without(header) | said)

    def faults(self, plan: Plan, customer: Customer) -> tuple[Fault, ...]:
        """What the judge and the customer's own rules hold against the dressed plan: fatal faults
        and warnings."""
        return (*self.by_rules(plan, customer), *self._by_demands(plan, customer))

    def by_rules(self, plan: Plan, customer: Customer) -> tuple[Fault, ...]:
        """The judge alone: by the verdict on the plan's shape where that is known."""
        key = self._shape(plan, customer)
        found = _kept.get(key)
        if found is None or any("Line" in fault.path for fault in found):
            found = self.judged(plan, customer)
            if len(_kept) >= _KEPT_MAX:
                _kept.clear()
            _kept[key] = found
        return found

    def judged(self, plan: Plan, customer: Customer) -> tuple[Fault, ...]:
        """The judge's verdict on this very plan."""
        try:
            data = ubl.write(document=self._prospect(plan, customer))
        except Refused as refusal:
            return refusal.faults
        verdict = native.judge(data, profile=plan.header.get("profile", BASE))
        known = CODES | _OF_PLACE if _goes_elsewhere(plan.header) else CODES
        return tuple(
            Fault(_code(fault, known), *(getattr(fault, name) for name in _SAID))
            for fault in verdict.faults
            if fault.severity is not Severity.INFO
        )

    def _by_demands(self, plan: Plan, customer: Customer) -> tuple[Fault, ...]:
        asker = Asker(customer.number, customer.country, customer.segment)
        concerned = self._concerned.get(customer.id)
        if concerned is None:
            concerned = self._concerned[customer.id] = concerns(self.demands, asker)
        if not concerned:
            return ()
        document = self._prospect(plan, customer)
        return demanded(demands=self.demands, document=document, asker=asker)

    def _prospect(self, plan: Plan, customer: Customer) -> Invoice:
        spec = numbering.series_for(specs=self.pack.series, kind=plan.kind)
        (number,) = numbering.numbers(pattern=spec.pattern, year=self.on.year, first=1, count=1)
        return prospect(
            plan=plan,
            customer=customer,
            company=self.company,
            pack=self.pack,
            terms=self.terms,
            on=self.on,
            number=number,
        )

    # --- The key -----------------------------------------------------------------------------

    def _shape(self, plan: Plan, customer: Customer) -> tuple[Any, ...]:
        header = plan.header
        profile = header.get("profile", BASE)
        return (
            self._seller(plan, customer.locale[:2]),
            profile,
            self._edition,
            self._buyer(customer, header.get("email", "")),
            plan.currency,
            plan.terms,
            plan.corrects is None,
            plan.net_minor == 0,
            plan.tax_minor == 0,
            tuple([(name, _of_header(name, value, profile)) for name, value in header.items()]),
            _of_place(Place.of(header), self.pack) if _goes_elsewhere(header) else None,
            tuple([_of_tax(tax) for tax in plan.taxes]),
            frozenset([_of_line(line) for line in plan.lines]),
        )

    def _seller(self, plan: Plan, language: str) -> _Seller:
        supply = supply_of(
            plan=plan, company=self.company, pack=self.pack, terms=self.terms, on=self.on
        )
        key = (plan.kind, language, supply)
        found = self._sellers.get(key)
        if found is None:
            printed = seller_as_printed(
                company=self.company,
                pack=self.pack,
                kind=plan.kind,
                language=language,
                on=self.on,
                supply=supply,
            )
            digest = sha256(doc.encode(printed).encode())
            found = self._sellers[key] = _Seller(plan.kind, digest)
        return found

    def _buyer(self, customer: Customer, email: str) -> tuple[Any, ...]:
        found = self._buyers.get((customer.id, email))
        if found is None:
            bought = customer._replace(email=email) if email else customer
            found = self._buyers[customer.id, email] = _of_buyer(bought, self.pack)
        return found


@lru_cache(maxsize=1_000)
def _editions(on: date) -> tuple[Any, ...]:
    """Which editions of the packs judge what is issued on the day."""
    known = native.in_force(packs=packs(), on=on)
    return tuple((pack.id, pack.valid_from) for pack in known.values())


def forget() -> None:
    """Judge every shape anew: for tests that change rules."""
    _kept.clear()


def merged(own: Sequence[Fault], judged: Sequence[Fault]) -> tuple[Fault, ...]:
    """Our checks and the judge's rules, each thing once: where both say it, our words with the
    official id, and as grave as the judge takes it."""
    by_code = {fault.code: fault for fault in reversed(judged) if fault.severity is Severity.FATAL}
    rules = {fault.rule for fault in own}
    said = [
        replace(fault, rule=by_code[fault.code].rule, severity=Severity.FATAL)
        if fault.code in by_code
        else fault
        for fault in own
    ]
    codes = {fault.code for fault in own}
    return (*said, *(f for f in judged if f.code not in codes and f.rule not in rules))


def _code(fault: Fault, known: Mapping[str, str]) -> str:
    terms: Sequence[str] = getattr(fault, "terms", ())
    found = [known[term] for term in terms if term in known]
    return found[0] if found and fault.code == "judge.rule" else fault.code


def _goes_elsewhere(header: Mapping[str, Any]) -> bool:
    return not _PLACE_NAMES.isdisjoint(header)


def _without(header: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in header.items() if n not in ("profile", "skonto", "vat_rate")}


def classed(text: str, longest: int = 100) -> bool | str:
    """Whether there is a text, of no more than what every rule allows in its place (CIUS-RO has
    the shortest limits); one that is longer or has unusual signs stands for itself."""
    if not text:
        return False
    return (len(text) <= longest and _USUAL.fullmatch(text) is not None) or text


def masked(text: str) -> str:
    """An identifier with every figure as 0: what is left is its form."""
    return text.translate(_FIGURES)


def _of_header(name: str, value: Any, profile: str) -> Any:
    if name in _PLACE_NAMES:
        return True  # _of_place says the rest
    if isinstance(value, str):
        if name in _MAY_ADDRESS and profile == XRECHNUNG and is_leitweg(value):
            return value  # it is the buyer's electronic address too
        return value if name in ("profile", "channel") else classed(value)
    return tuple(sorted(value)) if isinstance(value, dict) else len(value)


def _of_line(line: PlannedLine) -> tuple[Any, ...]:
    quantity, price, details = line.quantity, line.unit_price, line.details
    return (
        _of_item(line.item_code, line.description, line.unit),
        line.category,
        line.rate,
        quantity % _MICRO_OF_FOUR == 0,
        price == 0,
        line.net_minor == 0,
        # Up to six are joined into one note of at most 300 signs (BT-127).
        tuple([(n, classed(v, 45)) for n, v in details.items()]) if details else (),
    )


@lru_cache(maxsize=20_000)
def _of_item(code: str, description: str, unit: str) -> tuple[Any, ...]:
    return classed(code), classed(description), unit in codes("units") or unit


def _of_tax(tax: PlannedTax) -> tuple[Any, ...]:
    nothing = (tax.taxable_minor == 0, tax.tax_minor == 0)
    return tax.category, tax.rate, *nothing, tax.exemption_code, tax.exemption_reason


def _of_buyer(customer: Customer, pack: Pack) -> tuple[Any, ...]:
    return (
        customer.country,
        classed(customer.name),
        classed(customer.street),
        classed(customer.postcode, 20),
        *_of_town(buyer_party(customer).address, pack),
        customer.vat_id[:2],
        masked(customer.vat_id),
        masked(customer.registration_id),
        customer.endpoint_scheme,
        customer.endpoint_id,  # its check digits are judged
        classed(customer.contact_name),
        classed(customer.phone),
        classed(customer.email),
    )


def _of_place(place: Place, pack: Pack) -> tuple[Any, ...]:
    given = place.delivery()
    return (
        classed(place.name),
        classed(place.location),
        given.location is not None and given.location.scheme,
        classed(place.street),
        classed(place.street_2),
        classed(place.postcode, 20),
        place.country,
        *(_of_town(given.address, pack) if given.address else ()),
    )


def _of_town(address: Address, pack: Pack) -> tuple[Any, ...]:
    """City and county; in Romania the county is one of a list, in Bucharest the city too."""
    if address.country != "RO" or not pack.regions:
        return classed(address.city or "", 50), classed(address.subdivision or "")
    there = romanian_address(address=address, regions=pack.regions)
    county, city = there.subdivision or "", there.city or ""
    in_bucharest = county == "RO-B"
    sector = city.startswith("SECTOR") if in_bucharest else classed(city, 50)
    return in_bucharest, sector or city, county in pack.regions or county
