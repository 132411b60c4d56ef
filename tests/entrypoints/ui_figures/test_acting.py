"""What the pages do: apply once, undo in the open, decide by two, and say no in words."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from acquit.access.models import ApiKey, ApprovalRequest, Membership, RefusedAccess
from acquit.core.ids import to_public
from acquit.core.money import Money
from acquit.core.text import sha256
from acquit.database.copy import execute, fetch_rows
from acquit.jobs import enqueue
from acquit.policy.models import PolicyVersion
from acquit.stages.insight import verify
from acquit.stages.ledger.models import Period
from acquit.stages.matching.models import Proposal
from acquit.stages.receipts.models import Receipt, Statement
from acquit.stages.receivables.models import Allocation, OpenItem
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Movement
from tests.support.pages import browser, member
from tests.support.world import new_world

pytestmark = pytest.mark.django_db


def _best(scene: Scene, minor: int) -> str:
    receipt = Receipt.objects.of(scene.world.company_id).get(amount_minor=minor)
    row = Proposal.objects.get(receipt_id=receipt.id, rank=1)
    return to_public("proposal", row.id)


def _accept(clerk: Client, scene: Scene, minor: int, **headers: str):
    return clerk.post(
        reverse("apply_acceptance", args=[scene.receipt(minor)]),
        {"proposal": _best(scene, minor), "key": f"k-{minor}-{id(clerk)}"},
        headers=headers,
    )


def test_accept_goes_to_the_next_receipt_and_offers_undo(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    answer = _accept(clerk, scene, 3_000)
    assert answer.status_code == 302
    assert answer["Location"] != f"/apply/{scene.receipt(3_000)}"
    assert scene.open(1) == 5_000
    page = clerk.get(answer["Location"]).content.decode()
    assert "data-undo" in page
    clerk.post(reverse("apply_undo", args=[scene.receipt(3_000)]))
    assert scene.open(1) == 8_000
    links = Allocation.objects.filter(debit_item_id=scene.items[1].id)
    assert sorted(link.amount_minor for link in links) == [-3_000, 3_000]


def test_with_htmx_the_three_columns_come_alone(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    answer = _accept(clerk, scene, 3_000, HX_Request="true", HX_Target="work")
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in body
    assert "autofocus" in body or "data-focus" in body
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast["undo"] == reverse("apply_act_undo", args=[answer.context["last_act"]["id"]])
    others = {f"/apply/{scene.receipt(minor)}" for minor in (2_500, 999, 888)}
    assert answer["HX-Push-Url"] in others
    undone = clerk.post(toast["undo"], headers={"HX-Request": "true"})
    assert undone.status_code == 204
    assert undone["HX-Redirect"] == f"/apply/{scene.receipt(3_000)}"


def test_the_second_clerk_is_told_and_nothing_is_doubled(scene: Scene) -> None:
    ana = browser(scene.world, "cash_clerk", name="Ana")
    bob = browser(scene.world, "cash_clerk", name="Bob")
    _accept(ana, scene, 3_000)
    answer = _accept(bob, scene, 3_000)
    assert answer.status_code == 422
    assert "Ana applied this already" in answer.content.decode()
    assert scene.open(1) == 5_000
    assert Allocation.objects.filter(debit_item_id=scene.items[1].id).count() == 1


def test_the_same_form_sent_twice_applies_once(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    for _time in range(2):
        answer = clerk.post(
            reverse("apply_acceptance", args=[scene.receipt(3_000)]),
            {"proposal": _best(scene, 3_000), "key": "same"},
        )
        assert answer.status_code == 302
    assert scene.open(1) == 5_000


def test_a_key_used_for_something_else_keeps_the_page(scene: Scene) -> None:
    """Back, another choice, the old form: refused above the receipt, with the queue beside it."""
    clerk = browser(scene.world, "cash_clerk")
    url = reverse("apply_acceptance", args=[scene.receipt(3_000)])
    clerk.post(url, {"proposal": _best(scene, 3_000), "key": "used"})
    answer = clerk.post(
        reverse("apply_acceptance", args=[scene.receipt(2_500)]),
        {"proposal": _best(scene, 2_500), "key": "used"},
        headers={"HX-Request": "true", "HX-Target": "work"},
    )
    assert answer.status_code == 422
    assert "was used for another request" in answer.content.decode()
    assert answer.context["work"]["id"] == scene.receipt(2_500)
    assert scene.open(3) == 5_500


def test_what_is_rejected_is_not_applied(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    url = reverse("apply_rejection", args=[scene.receipt(3_000)])
    clerk.post(url, {"proposal": _best(scene, 3_000)})
    assert Proposal.objects.filter(state="rejected").count() == 1
    assert "No proposal" in clerk.get(f"/apply/{scene.receipt(3_000)}").content.decode()
    assert _accept(clerk, scene, 3_000).status_code == 422
    assert scene.open(1) == 8_000


def test_after_an_undo_the_matcher_is_asked_again(scene: Scene) -> None:
    """It says that the answer was undone before, and leaves it to the person."""
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(10_000)
    clerk.post(reverse("apply_undo", args=[receipt]))
    chosen = clerk.get(f"/apply/{receipt}").context["work"]["chosen"]
    assert any("undone before" in piece.text for piece in chosen["evidence"])
    assert scene.open(0) == 10_000


def test_pasted_numbers_that_nothing_has_are_named(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    known = scene.items[1].number
    page = clerk.get(f"/apply/{scene.receipt(3_000)}", {"find": f"{known}; 4711 | X-9, {known}"})
    assert page.context["work"]["unknown"] == ["4711", "X-9"]
    assert "4711, X-9" in page.content.decode()


def test_money_put_aside_keeps_the_note(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    receipt = scene.receipt(3_000)
    assert 'data-key="n"' in clerk.get(f"/apply/{receipt}").content.decode()
    body = {"reason": "foreign", "note": "ruft zurück"}
    clerk.post(reverse("apply_aside", args=[receipt]), body)
    assert "ruft zurück" in clerk.get(f"/apply/{receipt}").content.decode()


def test_several_pasted_numbers_are_one_act(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    bank(scene.world, Movement(20_000, "lump"), reference="S2")
    receipt = scene.receipt(20_000)
    numbers = " ".join(item.number.replace("-", " ") for item in scene.items[1:4])
    page = clerk.get(f"/apply/{receipt}", {"find": f"{numbers} {scene.items[2].number}"})
    choices = page.context["work"]["choices"]
    assert {c.number for c in choices} == {item.number for item in scene.items[1:4]}
    assert sum(c.amount.minor for c in choices) == 20_000
    body = {"item": [c.id for c in choices], "key": "once"}
    body |= {f"amount-{c.id}": str(c.amount.decimal) for c in choices}
    assert clerk.post(reverse("apply_allocation", args=[receipt]), body).status_code == 302
    assert sum(scene.open(n) for n in (1, 2, 3)) == 8_000 + 7_700 + 5_500 - 20_000


@pytest.mark.parametrize(
    ("amount", "words"),
    [("90.00", "80.00"), ("1,2345", "1250.50"), ("x", "not an amount"), ("0", "")],
)
def test_an_amount_that_does_not_fit_changes_nothing(scene: Scene, amount: str, words: str) -> None:
    clerk = browser(scene.world, "cash_clerk")
    item = to_public("open_item", scene.items[1].id)
    answer = clerk.post(
        reverse("apply_allocation", args=[scene.receipt(3_000)]),
        {"item": [item], f"amount-{item}": amount},
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert scene.open(1) == 8_000


def test_the_difference_bar_counts_what_is_ticked(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    item = to_public("open_item", scene.items[1].id)
    url = reverse("apply_difference", args=[scene.receipt(3_000)])
    values = clerk.post(url, {"item": [item], f"amount-{item}": "12,50"}).context["difference"]
    assert values["rest"] == Money(1_750, "EUR")
    over = clerk.post(url, {"item": [item], f"amount-{item}": "40"}).context["difference"]
    assert over["is_over"]


def test_on_account_names_the_payer_and_can_be_taken_back(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    receipt, customer = scene.receipt(999), scene.customers[0]
    page = clerk.get(f"/apply/{receipt}", {"who": customer.number})
    public = page.context["work"]["people"][0]["id"]
    url = reverse("apply_payer", args=[receipt])
    assert clerk.post(url, {"customer": public}).status_code == 302
    item = OpenItem.objects.get(receipt__amount_minor=999)
    assert (item.customer_id, item.open_minor) == (customer.id, 999)
    other = to_public("customer", scene.customers[1].id)
    assert clerk.post(url, {"customer": other}).status_code == 422
    assert clerk.post(url, {"customer": ""}).status_code == 302
    item.refresh_from_db()
    assert item.customer_id is None
    rows = fetch_rows(
        "SELECT a.code, sum(p.functional_minor) FROM ledger_posting p JOIN ledger_account a"
        " ON a.id = p.account_id WHERE p.customer_id = %s AND a.control = 'unapplied'"
        " GROUP BY a.code",
        [customer.id],
    )
    assert [int(minor) for _code, minor in rows] == [0]
    proof = verify.run(company_id=scene.world.company_id, now=scene.world.ctx().now)
    # The documents of this scene have no lines, which the document checks rightly name.
    assert {one["invariant"] for one in proof["broken"]} <= {"I20", "I25"}, proof["broken"]


def test_a_payment_by_hand_gives_a_numbered_quittance(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    body = {
        "customer": scene.customers[0].number,
        "amount": "1.250,50",
        "currency": "eur",
        "method": "cash",
        "received_on": scene.world.today.isoformat(),
        "key": "pay",
    }
    answer = clerk.post(reverse("payment"), body)
    receipt = Receipt.objects.get(method="cash")
    assert answer["Location"] == f"/apply/{to_public('receipt', receipt.id)}"
    assert receipt.amount_minor == 125_050
    clerk.post(reverse("payment"), body)
    assert Receipt.objects.filter(method="cash").count() == 1
    pdf = clerk.get(reverse("quittance", args=[to_public("receipt", receipt.id)]))
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    assert receipt.quittance_number.replace("/", "-") in pdf["Content-Disposition"]
    assert clerk.get(reverse("quittance", args=[scene.receipt(999)])).status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customer": "X-1"}, "no customer"),
        ({"amount": "-5"}, "not more than nothing"),
        ({"amount": "abc"}, "not an amount"),
        ({"received_on": "2999-01-01"}, "future"),
        ({"method": "shells"}, "shells"),
    ],
)
def test_a_payment_with_faults_is_explained(
    scene: Scene, change: dict[str, str], words: str
) -> None:
    clerk = browser(scene.world, "cash_clerk")
    body = {
        "customer": scene.customers[0].number,
        "amount": "5",
        "currency": "EUR",
        "method": "cash",
        "received_on": scene.world.today.isoformat(),
    }
    answer = clerk.post(reverse("payment"), {**body, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Receipt.objects.filter(method="cash").exists()


def test_a_neighbours_receipt_cannot_be_touched(scene: Scene) -> None:
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    receipt, proposal = scene.receipt(3_000), _best(scene, 3_000)
    item = to_public("open_item", scene.items[1].id)
    for name, body in (
        ("apply_acceptance", {"proposal": proposal}),
        ("apply_rejection", {"proposal": proposal}),
        ("apply_allocation", {"item": [item], f"amount-{item}": "1"}),
        ("apply_difference", {}),
        ("apply_payer", {"customer": ""}),
        ("apply_undo", {}),
        ("apply_matching", {}),
    ):
        assert owner.post(reverse(name, args=[receipt]), body).status_code == 404, name
    assert owner.post(reverse("automatic_undo", args=[proposal])).status_code == 404
    assert scene.open(1) == 8_000


def test_reading_is_not_doing(scene: Scene) -> None:
    auditor = browser(scene.world, "auditor")
    assert _accept(auditor, scene, 3_000).status_code == 403
    refused = RefusedAccess.objects.of(scene.world.company_id).get()
    assert (refused.command, refused.actor_name) == ("matching.accept", "Ana")
    assert "data-key" in auditor.get("/apply").content.decode()


def test_an_automatic_act_says_why_and_is_undone_in_the_open(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    (row,) = clerk.get(reverse("automatic")).context["rows"]
    assert row["rule"] == "matching shipped row 1"
    assert row["rule_url"] == "/policies/matching?version=0#row-1"
    assert any(scene.items[0].number in text for text in row["evidence"])
    for _time in range(2):
        clerk.post(reverse("automatic_undo", args=[row["undo_id"]]))
    assert scene.open(0) == 10_000
    (row,) = clerk.get(reverse("automatic")).context["rows"]
    assert row["is_undone"]
    assert not row["undo_id"]
    assert clerk.get(reverse("automatic"), {"on": "2020-01-01"}).context["rows"] == []
    assert len(clerk.get(reverse("automatic"), {"all": "1"}).context["rows"]) > 1


def test_a_parked_statement_needs_a_reason(scene: Scene) -> None:
    manager = browser(scene.world, "receivables_manager")
    bank(scene.world, Movement(4_321, "late"), reference="S9", wrong=100)
    statement = Statement.objects.get(state="parked")
    public = to_public("statement", statement.id)
    page = manager.get(reverse("statements"))
    assert [row["id"] for row in page.context["parked"]] == [public]
    url = reverse("statement_acceptance", args=[public])
    assert manager.post(url).status_code == 422
    assert manager.post(url, {"reason": "the bank confirmed it"}).status_code == 302
    assert Receipt.objects.filter(amount_minor=4_321).exists()
    clerk = browser(scene.world, "cash_clerk", name="Clerk")
    assert clerk.post(url, {"reason": "me too"}).status_code == 403


def test_a_month_is_locked_by_one_and_reopened_by_two(scene: Scene) -> None:
    ana, bob = (browser(scene.world, "accountant", name=name) for name in ("Ana", "Bob"))
    today = scene.world.today
    before = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert ana.post(reverse("period_lock"), {"month": f"{today:%Y-%m}"}).status_code == 422
    assert ana.post(reverse("period_lock"), {"month": before}).status_code == 302
    assert Period.objects.get().state == "locked"
    assert ana.post(reverse("period_reopen"), {"month": before}).status_code == 422
    ana.post(reverse("period_reopen"), {"month": before, "reason": "late invoice"})
    (row,) = ana.get(reverse("approvals")).context["rows"]
    assert row["is_own"]
    url = reverse("approval", args=[row["id"]])
    own = ana.post(url, {"reason": "I say so"})
    assert own.status_code == 422
    assert "ask a second person" in own.content.decode()
    assert "cannot approve" in ana.get(reverse("approvals_refused")).content.decode()
    assert Period.objects.get().state == "locked"
    assert bob.post(reverse("rejection", args=[row["id"]])).status_code == 422
    assert bob.post(url, {"reason": "seen"}).status_code == 302
    assert Period.objects.get().state == "open"
    row = bob.get(reverse("approvals_decided")).context["list"].body
    assert row.count("<tr") == 1 and "Bob" in row and "seen" in row
    assert bob.post(url).status_code == 422


def test_a_request_of_another_company_does_not_exist(scene: Scene) -> None:
    ana = browser(scene.world, "accountant")
    before = (scene.world.today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    ana.post(reverse("period_lock"), {"month": before})
    ana.post(reverse("period_reopen"), {"month": before, "reason": "late invoice"})
    request = to_public("approval", ApprovalRequest.objects.get().id)
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    assert owner.post(reverse("approval", args=[request])).status_code == 404
    assert owner.post(reverse("rejection", args=[request]), {"reason": "x"}).status_code == 404
    assert ApprovalRequest.objects.get().state == "waiting"


_TABLE = {
    "input": ["proposal.probability"],
    "rows": "2",
    "when-0-0": ">= 0.5",
    "then-0-0": "post",
    "remark-0": "",
    "when-1-0": "",
    "then-1-0": "leave",
    "remark-1": "else",
}


def test_a_policy_is_saved_as_a_new_version(scene: Scene) -> None:
    manager = browser(scene.world, "receivables_manager")
    url = reverse("policy_edit", args=["matching"])
    assert manager.get(url).status_code == 200
    today = scene.world.today.isoformat()
    wrong = {**_TABLE, "when-0-0": ">= many", "do": "save", "valid_from": today, "note": "try"}
    answer = manager.post(url, wrong)
    assert answer.status_code == 422
    assert "row 1, column Probability that it is right, 0 to 1" in answer.content.decode()
    assert manager.post(url, {**_TABLE, "do": "save", "valid_from": today}).status_code == 422
    body = {**_TABLE, "do": "save", "valid_from": today, "note": "less caution"}
    assert manager.post(url, body).status_code == 302
    row = PolicyVersion.objects.get()
    assert (row.version, row.note, len(row.table["rows"])) == (1, "less caution", 2)
    page = manager.get(reverse("policy", args=["matching"]))
    assert page.context["in_force"] == 1
    assert len(page.context["versions"]) == 2
    auditor = browser(scene.world, "auditor", name="Eva")
    assert auditor.post(url, body).status_code == 403
    assert manager.get(reverse("policy", args=["nothing"])).status_code == 404


def test_the_dry_run_shows_what_would_change(scene: Scene) -> None:
    manager = browser(scene.world, "receivables_manager")
    url = reverse("policy_edit", args=["matching"])
    trial = manager.post(url, {**_TABLE, "do": "try"}).context["trial"]
    assert trial["inputs"] == 5
    assert trial["changed"] == sum(one["count"] for one in trial["counts"]) > 0
    assert {one["after"] for one in trial["counts"]} <= {"Action: Apply at once", "Action: Leave"}
    assert not PolicyVersion.objects.exists()
    for name in ("dispatch", "issuing", "billing"):
        shipped = manager.get(reverse("policy_edit", args=[name])).context
        body = {
            "input": [column for column, _title in shipped["inputs"]],
            "rows": str(len(shipped["rows"])),
            "do": "try",
        }
        for row in shipped["rows"]:
            body |= {c.name: c.text for c in (*row["conditions"], *row["outcomes"])}
        answer = manager.post(reverse("policy_edit", args=[name]), body)
        assert answer.status_code == 200, name
        assert answer.context["trial"]["changed"] == 0


@pytest.mark.parametrize(
    ("do", "shape"),
    [
        ("add", (1, 3)),
        ("remove-0", (1, 1)),
        ("up-1", (1, 2)),
        ("column", (2, 2)),
        ("drop-0", (0, 2)),
        ("remove-77", (1, 2)),
        ("bogus", (1, 2)),
    ],
)
def test_the_buttons_of_the_table_keep_what_was_typed(
    scene: Scene, do: str, shape: tuple[int, int]
) -> None:
    manager = browser(scene.world, "receivables_manager")
    body = {**_TABLE, "do": do, "new_input": "proposal.rivals", "note": "kept"}
    context = manager.post(reverse("policy_edit", args=["matching"]), body).context
    assert (len(context["inputs"]), len(context["rows"])) == shape
    assert context["note"] == "kept"
    if do == "up-1":
        assert context["rows"][0]["remark"] == "else"


def test_a_key_is_shown_once_and_revoked(scene: Scene) -> None:
    admin = browser(scene.world, "administrator")
    url = reverse("key_new")
    assert admin.post(url, {"name": "ERP"}).status_code == 422
    assert admin.post(url, {"name": "ERP", "scope": "invoices.issue"}).status_code == 422
    answer = admin.post(url, {"name": "ERP", "scope": "read.ledger"})
    key = ApiKey.objects.get()
    assert sha256(answer.context["secret"].encode()) == key.secret_hash
    assert answer["Cache-Control"] == "no-store"
    listed = admin.get(reverse("keys")).content.decode()
    assert answer.context["secret"] not in listed
    assert key.prefix in listed
    foreign = new_world(slug="fremd", seed="fremd", on=scene.world.today)
    owner = browser(foreign, "owner", name="Fremd")
    assert owner.post(reverse("key_revoke"), {"id": key.id.hex}).status_code == 404
    assert admin.post(reverse("key_revoke"), {"id": key.id.hex}).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_job_that_was_given_up_is_tried_again(scene: Scene) -> None:
    admin = browser(scene.world, "administrator")
    own = {"company_id": str(scene.world.company_id), "ids": ["a", "b"]}
    enqueue("dispatch.deliver", [own, {"company_id": "another", "ids": []}])
    execute("UPDATE procrastinate_jobs SET status = 'doing'")
    execute("UPDATE procrastinate_jobs SET status = 'failed'")
    (job,) = admin.get(reverse("health")).context["parked"]
    assert (job.name, job.subjects) == ("dispatch.deliver", 2)
    ids = [row[0] for row in fetch_rows("SELECT id FROM procrastinate_jobs")]
    admin.post(reverse("jobs_retry"), {"job": [str(i) for i in ids]})
    rows = fetch_rows("SELECT args->>'company_id', status::text FROM procrastinate_jobs")
    assert dict(rows) == {str(scene.world.company_id): "todo", "another": "failed"}
    clerk = browser(scene.world, "cash_clerk", name="Clerk")
    assert clerk.post(reverse("jobs_retry"), {"job": ids}).status_code == 403


def test_a_member_of_two_companies_works_in_one_at_a_time(scene: Scene) -> None:
    """The session's company decides, whatever id stands in the address."""
    second = new_world(slug="zwei", seed="zwei", on=scene.world.today, name="Zwei GmbH")
    user = member(scene.world, "owner", name="Both")
    Membership.objects.create(
        id=second.ids.new(),
        company_id=second.company_id,
        user=user,
        role="owner",
        granted_at=second.ctx().now,
    )
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("company"), {"company": "zwei"})
    assert client.get(f"/apply/{scene.receipt(999)}").status_code == 404
    client.post(reverse("company"), {"company": scene.world.company.slug})
    assert client.get(f"/apply/{scene.receipt(999)}").status_code == 200
