"""The API as a program sees it, and a small business day run through it alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.access.commands.keys import NewKey, create_key
from acquit.access.models import ApprovalRequest, User
from acquit.access.roles import ROLES
from acquit.core.documents.plain import to_plain
from acquit.core.ids import PREFIXES, to_public
from acquit.core.money import Money
from acquit.stages.dispatch.commands.render import render
from acquit.stages.invoices.commands.credit import Credit, credit
from tests.core.documents.samples import two_rates
from tests.support.money import Movement, statement_bytes
from tests.support.world import World, someone

ALL_SCOPES = tuple(sorted(frozenset().union(*ROLES.values())))
NAMES = UUID("0192f0c0-0000-7000-8000-0000000000aa")
RANDOM = uuid5(NAMES, "nobody's")


@dataclass
class Api:
    """A caller with a key. ``keys`` numbers the idempotency keys, so a day can be repeated."""

    secret: str
    day: str = ""
    count: int = 0
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    client: Client = field(default_factory=Client)

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        return self.send("GET", path, status=status, query=query)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON; fails with the problem when the status is another one."""
        answer = self.raw(method, path, body, query=query, headers=headers)
        assert answer.status_code == status, (method, path, answer.status_code, answer.content)
        return json.loads(answer.content) if "json" in answer["Content-Type"] else answer.content

    def raw(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        sent = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        if method != "GET":
            self.count += 1
            sent["Idempotency-Key"] = f"{self.day or id(self)}-{self.count}"
        sent |= headers or {}
        call = getattr(self.client, method.lower())
        address = f"/api/v1{path}"
        if query:
            address += "?" + "&".join(f"{k}={v}" for k, v in query.items())
        if isinstance(body, dict) and "file" in body:
            answer = call(address, body, headers=sent)
        elif body is None:
            answer = call(address, headers=sent)
        else:
            answer = call(address, json.dumps(body), content_type="application/json", headers=sent)
        if method != "GET":
            self.answers.append((answer.status_code, answer.content))
        return answer

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.send("POST", path, body, status=status)


def new_key(world: World, *scopes: str, name: str = "ERP") -> str:
    """The secret of a fresh key with these scopes."""
    secret = f"key-{uuid5(world.company_id, f'{name} {scopes}').hex}"
    create_key(ctx=world.ctx(), items=[NewKey(name=name, secret=secret, scopes=scopes)])
    return secret


def a_file(content: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def trade(api: Api, today: date) -> dict[str, str]:
    """From customers to settled invoices by requests alone; public ids by name."""
    before = today - timedelta(days=40)
    people = [
        {"number": f"K{n}", "name": f"Kunde {n} GmbH", "country": "DE", "city": "Berlin",
         "street": f"Weg {n}", "postcode": "10115", "email": f"k{n}@kunde.example"}
        for n in (1, 2)
    ]  # fmt: skip
    saved = api.send("PUT", "/customers", {"items": people})
    things = [{"code": "A-1", "name": "Stuhl"}, {"code": "A-2", "name": "Tisch"}]
    api.send("PUT", "/items", {"items": things})
    orders = [
        {
            "number": f"O{n}",
            "customer": f"K{1 + n % 2}",
            "ordered_on": before.isoformat(),
            "lines": [{"item_code": "A-1", "quantity": "2", "unit_price": f"{n}0.00"}],
        }
        for n in range(1, 7)
    ]
    api.post("/orders", {"items": orders})
    deliveries = [
        {"number": f"D{n}", "order_number": f"O{n}", "delivered_on": before.isoformat()}
        for n in range(1, 5)
    ]
    api.post("/deliveries", {"items": deliveries})
    run = api.post("/billing-runs", {"as_of": before.isoformat()})
    assert run["figures"]["invoices"] >= 2, run
    back = {
        "number": "R1",
        "customer": "K1",
        "returned_on": today.isoformat(),
        "lines": [{"item_code": "A-1", "quantity": "1"}],
    }
    api.post("/returns", {"items": [back]})
    api.post(
        "/deliveries",
        {"items": [{"number": "D5", "order_number": "O5", "delivered_on": today.isoformat()}]},
    )
    invoices = api.get("/invoices", kind="invoice")["items"]
    first = invoices[0]
    drafts = api.post(
        "/drafts",
        {"as_of": today.isoformat(), "customers": [one["id"] for one in saved["items"]]},
    )
    waiting = api.get("/drafts")["items"]
    assert waiting, drafts
    ready = next(d for d in waiting if d["kind"] == "invoice")
    api.send("POST", f"/drafts/{ready['id']}/hold", {"why": "price is being discussed"})
    api.post("/dispatches", {"items": [{"invoice_id": first["id"], "channel": "portal"}]})
    dispatch = api.get("/dispatches", state="queued")["items"][0]
    found = {
        "customer": saved["items"][0]["id"],
        "document": first["id"],
        "draft": ready["id"],
        "dispatch": dispatch["id"],
        "run": api.get("/billing-runs")["items"][0]["id"],
    }
    return found | _kept(api) | _money(api, today, invoices) | _files(api) | _webhooks(api)


def _kept(api: Api) -> dict[str, str]:
    view = {"list": "invoices", "name": "All", "is_shared": True}
    return {
        "view": api.post("/views", view)["items"][0]["id"],
        "policy_example": api.post("/policy-examples", an_example("seeded"))["items"][0]["id"],
    }


def an_example(title: str) -> dict[str, Any]:
    """A document that every customer takes, for the examples of customers' rules."""
    return {
        "title": title,
        "document": to_plain(two_rates()),
        "expected": "pass",
        "customer_number": "K1",
    }


def _money(api: Api, today: date, invoices: list[dict[str, Any]]) -> dict[str, str]:
    first, second, third = invoices[:3]
    _statements(api, today, second, third)
    receipt = {
        "key": "cash-1",
        "customer_id": first["customer_id"],
        "method": "cash",
        "amount": {"amount": "12.00", "currency": "EUR"},
        "received_on": today.isoformat(),
    }
    taken = api.post("/receipts", {"items": [receipt]})["items"][0]["id"]
    items = api.get("/open-items", customer=first["customer_id"])["items"]
    claim = next(i for i in items if i["document_id"] == first["id"])
    money = next(i for i in items if i["receipt_id"] == taken)
    applied = api.post(
        "/allocations",
        {
            "items": [
                {
                    "key": "1",
                    "credit_item_id": money["id"],
                    "debit_item_id": claim["id"],
                    "amount": {"amount": "5.00", "currency": "EUR"},
                }
            ]
        },
    )
    api.post("/proposals", {})
    statements = api.get("/statements")["items"]
    accepted = next(s for s in statements if s["state"] == "accepted")
    line = api.get(f"/statements/{accepted['id']}/lines")["items"][0]
    proposal = next(
        p
        for row in api.get("/receipts")["items"]
        for p in api.get(f"/receipts/{row['id']}/proposals")["items"]
        if p["state"] == "proposed" and p["items"]
    )
    entry = api.get("/ledger/entries", subject=first["id"])["items"][0]
    api.post(f"/receipts/{taken}/questions", {"customer_id": first["customer_id"]})
    return {
        "statement": next(s["id"] for s in statements if s["state"] == "parked"),
        "bank_line": line["id"],
        "receipt": taken,
        "open_item": claim["id"],
        "credit_item": money["id"],
        "allocation": applied["items"][0]["id"],
        "proposal": proposal["id"],
        "question": api.get("/questions")["items"][0]["id"],
        "return": api.get("/returned-payments")["items"][0]["id"],
        "gap": api.get("/gaps")["items"][0]["id"],
        "entry": entry["id"],
        "fact": entry["fact"],
    }


def _statements(api: Api, today: date, named: dict[str, Any], nameless: dict[str, Any]) -> None:
    """One that pays both invoices, the second by its amount alone, and one that is parked."""
    movements = [
        Movement(
            Money.of(**named["gross"]).minor,
            text=f"Rechnung {named['number']}",
            payer=named["customer_name"],
        ),
        Movement(Money.of(**nameless["gross"]).minor, payer="Unbekannt"),
        Movement(777, text="keine Angabe", payer="Unbekannt"),
        Movement(-500, text="Gebuehr"),
        Movement(-300, text="Ruecklastschrift", returned="MD06"),
    ]
    body = statement_bytes(movements, on=today)
    api.send("POST", "/statements", {"file": a_file(body, "bank.xml")})
    parked = statement_bytes([Movement(5)], on=today, closing_minor=9, reference="S2")
    api.send("POST", "/statements", {"file": a_file(parked, "parked.xml")})


def _files(api: Api) -> dict[str, str]:
    table = b"code,name\nB-1,Lampe\nB-2,Regal\n,ohne\n"
    done = api.send("POST", "/imports", {"kind": "items", "file": a_file(table, "items.csv")})
    report = (
        b"payout,paid_on,type,document,reference,payer,gross,fee,net,currency\n"
        b"po_1,2026-03-02,payment,ORDER-1,ch_1,,20.00,0.50,,EUR\n"
    )
    advice = {"kind": "remittance", "file": a_file(report, "payout.csv")}
    api.send("POST", "/imports", advice)
    (found,) = api.get("/remittances")["items"]
    return {"import": done["items"][0]["id"], "advice": found["id"]}


def _webhooks(api: Api) -> dict[str, str]:
    """An endpoint; the first thing it would hear is that it was made."""
    wanted = {"url": "https://bi.example/acquit", "kinds": ["*"]}
    made = api.post("/webhook-endpoints", wanted)
    delivery = api.get("/webhook-deliveries", endpoint=made["id"])["items"][0]
    return {"webhook_endpoint": made["id"], "webhook_delivery": delivery["id"]}


@dataclass
class Seeded:
    """A company after its day, with a key for everything, and the id of one object per kind."""

    world: World
    api: Api
    ids: dict[str, str]


def seeded(world: World, *, day: str) -> Seeded:
    """The day of ``trade``, and what only people do: files rendered, an approval waiting."""
    api = Api(new_key(world, *ALL_SCOPES), day=day)
    today = world.today
    ids = trade(api, today)
    document = UUID(hex=ids["document"][4:])
    render(ctx=world.ctx(), items=[document])
    ids["approval"] = _waiting(world, document)
    ids["policy"] = "billing"
    ids["account"] = api.get("/ledger/accounts")["items"][0]["code"]
    return Seeded(world, api, ids)


def _waiting(world: World, document: UUID) -> str:
    email = f"maria@{world.company.slug}.example"
    grant(ctx=world.ctx(), items=[Grant(email=email, name="Maria", role="accountant")])
    limit = NewLimit(role="accountant", command="invoices.credit", amount=Money(1, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit])
    maria = someone("accountant", name="Maria", id=User.objects.get(email=email).id)
    credit(ctx=world.ctx(actor=maria), items=[Credit(document_id=document, reason="Rabatt")])
    request = ApprovalRequest.objects.of(world.company_id).get()
    return to_public("approval", request.id)


def nobody(kind: str) -> str:
    """An id that no company has."""
    return to_public(kind, RANDOM) if kind in PREFIXES else str(RANDOM)


def counts() -> dict[str, int]:
    """Rows of every table that the database logs (what it does not is no record: how often a key
    was used), and the numbers and hashes of the last facts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'p'"
            " AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(" UNION ALL ".join(f"SELECT '{t}', count(*) FROM \"{t}\"" for t in tables))
        found = dict(cursor.fetchall())
        cursor.execute("SELECT company_id, hash FROM history_head")
        return found | {f"{company} {head}": 1 for company, head in cursor.fetchall()}
