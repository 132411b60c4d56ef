"""What every operation promises: problems for every error, pages by cursor, one effect per key,
no lost update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquit.access import actors
from acquit.access.commands.approve import Decision, approve
from acquit.access.commands.grant import Grant, NewLimit, grant, save_limit
from acquit.access.commands.keys import KeyToRevoke, NewKey, create_key, revoke_key
from acquit.access.models import ApiKey, ApprovalRequest, User
from acquit.core.context import Context
from acquit.core.ids import from_public, to_public
from acquit.core.money import Money
from acquit.core.outcome import ItemState
from acquit.core.text import sha256
from acquit.entrypoints.api.app import api
from acquit.entrypoints.api.operation import DECLARED
from acquit.stages.receipts.models import Receipt
from tests.entrypoints.api.requests import BODIES, DAY
from tests.support.api import ALL_SCOPES, Api, Seeded, a_file, an_example, counts, new_key
from tests.support.money import Doc, customers, issue
from tests.support.world import World

pytestmark = pytest.mark.django_db
FIELDS = {"type", "title", "status", "detail", "instance", "errors"}


def _problem(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == FIELDS
    assert body["status"] == status
    assert body["instance"] == f"urn:acquit:request:{answer['X-Request-Id']}"
    if code:
        assert body["errors"][0]["code"] == code
    return body


def test_what_does_not_exist(ours: Seeded) -> None:
    _problem(ours.api.raw("GET", "/nothing"), 404)
    _problem(ours.api.raw("GET", "/customers/"), 404)
    _problem(ours.api.raw("GET", "/customers/cus_1"), 404, "customer.unknown")
    _problem(ours.api.raw("GET", f"/customers/{ours.ids['document']}"), 404, "customer.unknown")


def test_a_method_that_is_not_there(ours: Seeded) -> None:
    answer = ours.api.raw("DELETE", "/customers")
    _problem(answer, 405)
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "body", [b"{", b'{"items": NaN}', b'{"items": [], "items": []}', b"\xff", b"[" * 100_000]
)
def test_what_is_not_json(ours: Seeded, body: bytes) -> None:
    answer = ours.api.client.put(
        "/api/v1/items",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {ours.api.secret}"},
    )
    _problem(answer, 400)


def test_a_body_that_is_too_large(ours: Seeded) -> None:
    answer = ours.api.client.put(
        "/api/v1/items",
        b" " * (16 * 1024**2 + 1),
        content_type="application/json",
        headers={"Authorization": f"Bearer {ours.api.secret}"},
    )
    _problem(answer, 413)


def test_unknown_fields_and_parameters_are_refused(ours: Seeded) -> None:
    body = {"items": [{"code": "A-1", "colour": "red"}]}
    found = _problem(ours.api.raw("PUT", "/items", body), 422, "extra_forbidden")
    assert found["errors"][0]["pointer"] == "/items/0/colour"
    wrong = ours.api.raw("GET", "/invoices", query={"custommer": "x"})
    (error,) = _problem(wrong, 422, "query.unknown")["errors"]
    assert (error["pointer"], error["place"]) == (None, "query custommer")


STRANGE, ESCAPED = "a~colour/x", "a~0colour~1x"


def _with_strange_members(body: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The body with a member that nothing knows in each of its objects, and where it points."""
    if isinstance(body, dict):
        yield f"{pointer}/{ESCAPED}", {**body, STRANGE: 1}
    for name, inner in body.items() if isinstance(body, dict) else enumerate(body):
        if isinstance(inner, dict | list):
            for found, changed in _with_strange_members(inner, f"{pointer}/{name}"):
                whole = body.copy()
                whole[name] = changed
                yield found, whole


def test_faults_point_into_the_body(ours: Seeded) -> None:
    """RFC 6901, from the root of what was sent; for every object in every sound request."""
    deep = 0
    for declared in DECLARED:
        body = BODIES[declared.name](ours.ids) if declared.name in BODIES else None
        if not body or "file" in body or "{" in declared.path:
            continue
        for pointer, changed in _with_strange_members(body):
            answer = ours.api.raw(declared.method, declared.path, changed)
            if answer.status_code == 422 and b"extra_forbidden" in answer.content:
                (error,) = _problem(answer, 422, "extra_forbidden")["errors"]
                assert error["pointer"] == pointer
                deep += pointer.startswith("/items/0/amount/")
    assert deep >= 2


def test_a_refusal_points_to_the_value_it_is_about(ours: Seeded) -> None:
    body = {"email": "nobody"}
    answer = ours.api.raw(
        "PATCH", f"/customers/{ours.ids['customer']}", body, headers={"If-Match": "*"}
    )
    (error,) = _problem(answer, 422)["errors"]
    assert error["pointer"] == "/email"


def test_a_bare_number_is_no_day_and_no_instant(ours: Seeded) -> None:
    """Pydantic alone reads 1 as the first second of 1970; every parameter refuses it by name."""
    asked = 0
    for path, operations in api.get_openapi_schema()["paths"].items():
        address = path.removeprefix("/api/v1")
        for parameter in operations.get("get", {}).get("parameters", ()):
            shapes = [parameter["schema"], *parameter["schema"].get("anyOf", ())]
            kind = {shape.get("format") for shape in shapes} & {"date", "date-time"}
            if not kind or "{" in address:
                continue
            for value in ("1", "2026-02-30"):
                answer = ours.api.raw("GET", address, query={parameter["name"]: value})
                errors = _problem(answer, 422)["errors"]
                found = [e for e in errors if e["place"] == f"query {parameter['name']}"]
                assert value in found[0]["detail"]
                assert "write it like 2026-03-31" in found[0]["detail"]
                asked += 1
    assert asked >= 20


@pytest.mark.parametrize("amount", ["1e3", "1.234", "NaN", "1,00", "", "9" * 16])
def test_an_amount_is_decimal_text_of_its_currency(ours: Seeded, amount: str) -> None:
    body = BODIES["record_receipts"](ours.ids)
    body["items"][0]["amount"]["amount"] = amount
    before = Receipt.objects.count()
    _problem(ours.api.raw("POST", "/receipts", body), 422)
    body["items"][0]["amount"]["amount"] = 12.5
    _problem(ours.api.raw("POST", "/receipts", body), 422, "string_type")
    assert Receipt.objects.count() == before


@pytest.mark.parametrize("cursor", ["x", "W10", "WyIyMDI2Il0", "bnVsbA", "é", "WzFd" * 9])
def test_a_cursor_that_is_none(ours: Seeded, cursor: str) -> None:
    for path in ("/invoices", "/orders", "/imports", "/receipts", "/drafts", "/dispatches"):
        _problem(ours.api.raw("GET", path, query={"cursor": cursor}), 400, "cursor.invalid")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/customers", {}),
        ("/items", {}),
        ("/orders", {}),
        ("/invoices", {}),
        ("/receipts", {}),
        ("/statements", {}),
        ("/drafts", {}),
        ("/unapplied-receipts", {"group": "needs_you"}),
        ("/ledger/accounts/{account}/postings", {}),
        ("/imports/{import}/faults", {}),
        ("/remittances", {}),
        ("/remittances/{advice}/parts", {}),
    ],
)
def test_pages_by_cursor_are_the_whole(ours: Seeded, path: str, query: dict[str, str]) -> None:
    """One by one gives the same rows in the same order as all at once."""
    path = path.format(**ours.ids)
    whole = ours.api.get(path, **query, limit=200)
    assert whole["next"] is None
    single, cursor = [], ""
    while cursor is not None:
        page = ours.api.get(path, **query, limit=1, cursor=cursor)
        assert len(page["items"]) <= 1
        single += page["items"]
        cursor = page["next"]
    assert single == whole["items"]
    assert whole["items"]


def test_a_request_that_moves_money_needs_a_key(ours: Seeded) -> None:
    body = BODIES["record_receipts"](ours.ids)
    before = counts()
    answer = ours.api.raw("POST", "/receipts", body, headers={"Idempotency-Key": ""})
    _problem(answer, 400, "idempotency.key_missing")
    long = ours.api.raw("POST", "/receipts", body, headers={"Idempotency-Key": "k" * 201})
    _problem(long, 400, "idempotency.key_malformed")
    assert counts() == before


def test_the_same_key_means_the_same_request(ours: Seeded) -> None:
    body, key = BODIES["record_receipts"](ours.ids), {"Idempotency-Key": "abc"}
    first = ours.api.raw("POST", "/receipts", body, headers=key)
    again = ours.api.raw("POST", "/receipts", body, headers=key)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    body["items"][0]["amount"]["amount"] = "4.00"
    other = ours.api.raw("POST", "/receipts", body, headers=key)
    _problem(other, 422, "idempotency.key_reused")
    elsewhere = ours.api.raw("POST", "/proposals", {}, headers=key)
    _problem(elsewhere, 422, "idempotency.key_reused")


def test_a_request_whose_first_one_still_runs(ours: Seeded) -> None:
    """Another session holds what a running request holds: the repeated one does not wait."""
    body = BODIES["record_receipts"](ours.ids)
    key = ApiKey.objects.get(secret_hash=sha256(ours.api.secret.encode()))
    name = f"key {ours.world.company_id} api:{key.id} slow"
    with (
        psycopg.connect(**connection.get_connection_params()) as running,  # type: ignore[attr-defined]
        running.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        answer = ours.api.raw("POST", "/receipts", body, headers={"Idempotency-Key": "slow"})
        _problem(answer, 409, "idempotency.in_flight")
    after = ours.api.raw("POST", "/receipts", body, headers={"Idempotency-Key": "slow"})
    assert after.status_code == 200


def test_keys_belong_to_their_caller(ours: Seeded) -> None:
    body, key = BODIES["record_receipts"](ours.ids), {"Idempotency-Key": "abc"}
    second = Api(new_key(ours.world, "receipts.record", name="second"))
    ids = [
        caller.send("POST", "/receipts", body, headers=key)["items"][0]["id"]
        for caller in (ours.api, second)
    ]
    assert ids[0] != ids[1]


def test_a_revoked_key_is_no_key(ours: Seeded) -> None:
    caller = Api(new_key(ours.world, "read.system", name="old"))
    caller.get("/health")
    row = ApiKey.objects.get(name="old")
    revoke_key(ctx=ours.world.ctx(), items=[KeyToRevoke(id=row.id)])
    _problem(caller.raw("GET", "/health"), 401)


def test_an_update_names_the_version_it_changes(ours: Seeded) -> None:
    path = f"/customers/{ours.ids['customer']}"
    tag = ours.api.raw("GET", path)["ETag"]
    _problem(ours.api.raw("PATCH", path, {"city": "Bonn"}), 428, "precondition.missing")
    first = ours.api.raw(
        "PATCH", path, {"city": "Bonn"}, headers={"If-Match": tag, "Idempotency-Key": "v1"}
    )
    assert first.status_code == 200
    late = ours.api.raw("PATCH", path, {"city": "Kiel"}, headers={"If-Match": tag})
    _problem(late, 412, "precondition.changed")
    assert ours.api.get(path)["city"] == "Bonn"
    repeated = ours.api.raw(
        "PATCH", path, {"city": "Bonn"}, headers={"If-Match": tag, "Idempotency-Key": "v1"}
    )
    assert repeated.content == first.content
    fresh = ours.api.raw("PATCH", path, {"city": "Kiel"}, headers={"If-Match": first["ETag"]})
    assert fresh.status_code == 200


def test_a_second_person(ours: Seeded) -> None:
    """Above the limit a credit waits, also for a program; a program cannot approve it."""
    path = f"/invoices/{ours.ids['document']}/credit-notes"
    made = ours.api.send("POST", path, {"reason": "Nachlass"}, status=202)
    assert made["items"][0]["state"] == "awaiting_approval"
    waiting = made["items"][0]["id"]
    answer = ours.api.raw("POST", f"/approvals/{waiting}/approval", {"reason": "ok"})
    _problem(answer, 422, "approval.person_needed")
    ours.api.post(f"/approvals/{waiting}/rejection", {"reason": "no"})
    decided = ours.api.get("/approvals", state="decided")["items"]
    assert [(one["id"], one["state"]) for one in decided] == [(waiting, "rejected")]


def test_the_maker_of_a_key_answers_for_what_it_asks(ours: Seeded) -> None:
    """His key asked, so neither he nor another key of his approves it; a second person does."""
    world = ours.world
    emails = {name: f"{name}@{world.company.slug}.example" for name in ("kim", "lea")}
    people = [Grant(email=e, name=n, role="accountant") for n, e in emails.items()]
    grant(ctx=world.ctx(), items=people)
    kim, lea = (User.objects.get(email=emails[name]) for name in ("kim", "lea"))
    limit = NewLimit(role="accountant", command="invoices.credit", amount=Money(10**9, "EUR"))
    save_limit(ctx=world.ctx(), items=[limit])
    scopes = ("invoices.credit", "access.approve")

    def acting(user: User) -> Context:
        actor = actors.person(user=user, company_id=world.company_id)
        return world.ctx(actor=replace(actor, permissions=frozenset(ALL_SCOPES)))

    def key_of(user: User, name: str) -> Api:
        secret = f"{name}-{user.id.hex}-secret"
        create_key(ctx=acting(user), items=[NewKey(name=name, secret=secret, scopes=scopes)])
        return Api(secret)

    first, second = key_of(kim, "first"), key_of(kim, "second")
    path = f"/invoices/{ours.ids['document']}/credit-notes"
    asked = first.send("POST", path, {"reason": "Mengenrabatt"}, status=202)
    waiting = asked["items"][0]["id"]
    request = ApprovalRequest.objects.get(id=from_public("approval", waiting))
    assert (request.maker_id, request.maker_name) == (kim.id, "first")
    for caller in (first, second):
        answer = caller.raw("POST", f"/approvals/{waiting}/approval", {"reason": "ok"})
        _problem(answer, 422, "approval.own_request")
    decision = [Decision(request.id, "ok")]
    assert approve(ctx=acting(kim), items=decision).faults[0].code == "approval.own_request"
    assert approve(ctx=acting(lea), items=decision).items[0].state is ItemState.DONE


def test_files_as_they_were_sent(ours: Seeded) -> None:
    path = f"/invoices/{ours.ids['document']}"
    pdf, ubl = ours.api.raw("GET", f"{path}/pdf"), ours.api.raw("GET", f"{path}/ubl")
    assert pdf.content.startswith(b"%PDF-")
    assert b"<Invoice" in ubl.content or b":Invoice" in ubl.content
    assert pdf["Repr-Digest"].startswith("sha-256=:")
    assert "attachment" in pdf["Content-Disposition"]
    source = ours.api.raw("GET", f"/bank-lines/{ours.ids['bank_line']}/source")
    assert source.content.startswith(b"<Ntry>")


def test_an_import_is_taken_back(ours: Seeded) -> None:
    run = ours.api.get(f"/imports/{ours.ids['import']}")
    assert (run["rows"], run["accepted"], run["rejected"]) == (3, 2, 1)
    faults = ours.api.get(f"/imports/{ours.ids['import']}/faults")["items"]
    assert [fault["row"] for fault in faults] == [4]
    before = counts()
    shown = ours.api.send(
        "POST", "/imports/preview", {"kind": "items", "file": a_file(b"code,name\nZ,z\n", "z.csv")}
    )
    assert (shown["figures"]["accepted"], counts()) == (1, before)
    ours.api.send("DELETE", f"/imports/{ours.ids['import']}")
    assert ours.api.get("/items", search="B-1")["items"] == []


def test_the_reports_agree(ours: Seeded) -> None:
    ageing = ours.api.get("/reports/ageing")
    balance = ours.api.get("/reports/trial-balance")
    assert balance["debit"] == balance["credit"] != "0.00"
    by_control = {a["control"]: a for a in ours.api.get("/ledger/accounts")["items"]}
    assert by_control["receivables"]["balance"]["amount"] == ageing["home"]["total"]
    assert by_control["unapplied"]["balance"]["amount"] == f"-{ageing['home']['unapplied']}"
    dso = ours.api.get("/reports/dso")
    assert dso["receivable"] == ageing["home"]["total"]


def test_what_is_closed_without_money_is_reported_and_much_of_it_waits(world: World) -> None:
    """As delivered, a program closes alone what a clerk does."""
    api = Api(new_key(world, *ALL_SCOPES))
    (kunde,) = customers(world, 1)
    items = issue(world, [Doc(kunde.id, 10_000), Doc(kunde.id, 20_000)])
    wanted = ((items[0], "0.03", "done"), (items[1], "30.00", "awaiting_approval"))
    for item, amount, state in wanted:
        wish = {
            "key": amount,
            "open_item_id": to_public("open_item", item.id),
            "amount": {"amount": amount, "currency": "EUR"},
            "adjustment": "small_difference",
        }
        (done,) = api.send("POST", "/adjustments", {"items": [wish]})["items"]
        assert done["state"] == state
    told = api.get("/reports/closed-rests")
    assert (told["from_on"][-3:], told["total"], told["tax"]) == ("-01", "0.03", "0.00")
    (sums,) = told["sums"]
    assert (sums["by"], sums["reason"], sums["count"]) == ("person", "small_difference", 1)
    (one,) = api.get("/reports/closed-rests/rests", by="person", limit=1)["items"]
    assert (one["number"], one["amount"]["amount"]) == (items[0].number, "0.03")
    assert one["invoice_id"] == to_public("document", items[0].document_id)
    assert api.get("/reports/closed-rests/rests", by="rule")["items"] == []
    assert api.get("/reports/closed-rests", as_at="2020-01-31")["sums"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/customers", ""),
        ("/invoices", ""),
        ("/open-items", "customer"),
        ("/reports/ageing/customers", ""),
    ],
)
def test_lists_ask_as_much_for_fifty_as_for_one(world: World, path: str, query: str) -> None:
    api = Api(new_key(world, *ALL_SCOPES))
    (first,) = customers(world, 1)
    issue(world, [Doc(first.id, 100_00)])
    asked = {query: f"cus_{first.id.hex}"} if query else {}
    api.get(path, **asked, limit=60)  # what is asked once per process is asked now
    with CaptureQueriesContext(connection) as small:
        few = api.get(path, **asked, limit=60)["items"]
    others = customers(world, 49)
    issue(world, [Doc(first.id if query else other.id, 5_00) for other in others])
    api.get(path, **asked, limit=60)  # what is read on from the last fact is read now
    with CaptureQueriesContext(connection) as large:
        many = api.get(path, **asked, limit=60)["items"]
    assert (len(few), len(many)) == (1, 50)
    assert len(large) == len(small) <= 14, [q["sql"] for q in large]


def test_dates_of_the_edges_of_time_are_refused(ours: Seeded) -> None:
    for day in ("0001-01-01", "9999-12-31", "1969-12-31"):
        _problem(ours.api.raw("GET", "/reports/dso", query={"as_at": day}), 422)
    _problem(ours.api.raw("GET", "/reports/ageing", query={"known_at": f"{DAY}T10:00:00"}), 422)


def test_a_key_tells_when_it_was_last_used(ours: Seeded) -> None:
    """To the minute: the second request of a minute writes nothing."""
    key = ApiKey.objects.of(ours.world.company_id).get(secret_hash=sha256(ours.api.secret.encode()))
    ApiKey.objects.filter(id=key.id).update(last_used_at=None)
    ours.api.get("/customers")
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    ours.api.get("/customers")
    key.refresh_from_db()
    assert key.last_used_at == first


def test_bare_numbers_of_a_document_are_refused_by_name(world: World) -> None:
    """JSON's numbers are not exact: what came as 0.1 could not be kept as it was meant."""
    client = Api(new_key(world, *ALL_SCOPES))
    example = an_example("bare")
    example["document"]["lines"][0]["quantity"] = 0.1
    body = _problem(client.raw("POST", "/policy-examples", example), 422)
    assert "/document: 0.1 is a bare number" in body["detail"]
