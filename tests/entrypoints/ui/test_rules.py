"""Customer rules on pages: a row typed, an example kept, and the draft that waits for both."""

from __future__ import annotations

from acquit.policy.queries import in_force
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document, Draft
from tests.support.invoices import customer, deliver
from tests.support.pages import browser
from tests.support.world import World

ORDER = {
    "number": "C-1",
    "fact": "document.purchase_order",
    "cell": "not matches 45*",
    "message": "their orders begin with 45",
    "fix": "ask for the order",
    "severity": "fatal",
}


def test_a_rule_is_typed_and_holds_the_next_draft_with_its_words(world: World) -> None:
    client = browser(world, "administrator")
    assert b"No customer demands anything yet" in client.get("/rules").content
    form = ORDER | {"valid_from": world.today.isoformat(), "key": "a"}
    answer = client.post("/rules/new", form, follow=True)
    assert answer.redirect_chain and b"their orders begin with 45" in answer.content
    deliver(world, customer(world, "C-1"), purchase_order="77")
    bill(ctx=world.ctx(), as_of=world.today)
    assert Draft.objects.get().state == "review"
    page = client.get("/billing?tab=review").content.decode()
    assert "their orders begin with 45" in page and "ask for the order" in page
    assert "demands v1 row 1" in page


def test_a_cell_that_says_nothing_is_refused_beside_the_form(world: World) -> None:
    client = browser(world, "administrator")
    form = ORDER | {"valid_from": world.today.isoformat(), "cell": "matches", "key": "a"}
    answer = client.post("/rules/new", form)
    assert answer.status_code == 422 and b"row 1, column document.purchase_order" in answer.content
    wrong = client.post("/rules/new", form | {"valid_from": "soon", "key": "b"})
    assert wrong.status_code == 422


def test_an_example_stops_a_version_that_decides_it_otherwise(world: World) -> None:
    client = browser(world, "administrator")
    deliver(world, customer(world, "C-1"), purchase_order="4500017")
    bill(ctx=world.ctx(), as_of=world.today)
    number = Document.objects.get().number
    kept = {"title": "an order of theirs", "document": number, "expected": "pass", "key": "c"}
    assert b"as told" in client.post("/rules/examples", kept, follow=True).content
    form = ORDER | {"valid_from": world.today.isoformat(), "cell": "matches 45*", "key": "d"}
    refused = client.post("/rules/new", form)
    assert refused.status_code == 422 and b"an order of theirs must pass" in refused.content
    assert in_force(company_id=world.company_id, name="demands", on=world.today).version == 0
    unknown = client.post("/rules/examples", kept | {"document": "X-1", "key": "e"})
    assert unknown.status_code == 422 and b"There is no document of that number" in unknown.content


def test_who_may_only_read_sees_no_button(world: World) -> None:
    client = browser(world, "billing_clerk")
    assert b"Add a rule" not in client.get("/rules").content
    assert client.get("/rules/new").status_code == 403


def test_a_sample_is_taken_over_with_a_value_of_the_customers(world: World) -> None:
    client = browser(world, "administrator")
    listed = client.get("/rules/samples").content
    assert listed.count(b"as told") >= 30 and b"otherwise" not in listed
    assert b"Ask the customer for the order number" in listed
    form = {"number": "C-1", "value": "77", "severity": "fatal", "key": "s"}
    form["valid_from"] = world.today.isoformat()
    answer = client.post("/rules/samples/order-begins", form, follow=True)
    assert answer.redirect_chain
    assert answer.content.count(b"as told") == 2
    deliver(world, customer(world, "C-1"), purchase_order="4500017")
    assert bill(ctx=world.ctx(), as_of=world.today).figures["held"] == 1
    (fault,) = Draft.objects.get().faults
    assert fault["message"] == "The order number begins with 77"
    assert fault["fix"].startswith("Enter the customer’s order number, 77")


def test_a_value_that_proves_nothing_is_refused(world: World) -> None:
    client = browser(world, "administrator")
    form = {"number": "C-1", "severity": "fatal", "valid_from": world.today.isoformat()}
    star = client.post("/rules/samples/order-begins", form | {"value": "*", "key": "t"})
    assert star.status_code == 422 and b"the document that must be refused passes" in star.content
    words = client.post("/rules/samples/lines-at-most", form | {"value": "few", "key": "u"})
    assert words.status_code == 422 and b"few" in words.content
    assert in_force(company_id=world.company_id, name="demands", on=world.today).version == 0
    assert client.get("/rules/samples/none").status_code == 404


def test_a_second_sample_of_a_customer_is_proved_by_its_own_documents(world: World) -> None:
    """Orders that begin with 77, then the unit XBX: neither document meets the other's rule."""
    client = browser(world, "administrator")
    own = {"number": "C-1", "severity": "fatal", "valid_from": world.today.isoformat()}
    for name, value in (("order-begins", "77"), ("unit", "XBX"), ("project-begins", "P-")):
        form = own | {"value": value, "key": name}
        assert client.post(f"/rules/samples/{name}", form).status_code == 302
    again = client.post("/rules/samples/unit", own | {"value": "XBX", "key": "again"})
    assert again.status_code == 422 and b"already" in again.content
    page = client.get("/rules").content.decode()
    assert page.count("as told") == 6  # all that are there
