"""What people do all day, done in a browser, from the card they sign in with to the result."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.eyes import Looking, looking, sign_in
from tests.journeys.installation import Installation
from tests.journeys.seed import LOOKED_AT, TOKEN

pytestmark = pytest.mark.browser
# The limits that the demo sets for credits, in bani: accountant, receivables manager.
MAKER_MINOR_MAX, APPROVER_MINOR_MAX = 500_00, 5_000_00
# Whether the element itself is what one sees at its first corner, and no bar that stays there.
IS_UNCOVERED = """e => {
  const {left, top} = e.getBoundingClientRect();
  return e.contains(document.elementFromPoint(left + 4, top + 4));
}"""


def digits(cell: Locator) -> int:
    return int(re.sub(r"\D", "", cell.text_content() or "0") or 0)


def number_in(text: str | None) -> int:
    found = re.search(r"\d[\d,]*", text or "")
    assert found is not None, text
    return int(found[0].replace(",", ""))


def test_a_clerk_mends_a_draft_and_sends_what_is_ready(
    chromium: Browser, acquit: Installation
) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Lukas Brandt")
        look.go("/billing")
        send = page.get_by_role("button", name=re.compile(r"^Send \d+ ready invoices?"))
        ready = number_in(send.text_content())
        rows = page.locator("tr[data-row]")
        waiting = rows.count()
        first = rows.filter(has=page.get_by_role("textbox")).first
        first.get_by_role("textbox").fill("04011000-12345-34")
        first.get_by_role("button", name="Save").click()
        expect(send).to_contain_text(f"Send {ready + 1} ready")
        assert page.url.endswith("/billing"), "the row is mended without another page"
        send.click()
        page.get_by_role("dialog").get_by_role("button", name=f"Send {ready + 1}").click()
        expect(page.get_by_text(f"{ready + 1} invoices leave at")).to_be_visible()
        leaving = page.locator("section", has=page.locator("#leaving")).locator("tr[data-row]")
        shown = leaving.count()
        leaving.first.get_by_role("button", name="Recall").click()
        expect(page.get_by_text("1 draft recalled; no number was used.")).to_be_visible()
        assert leaving.count() == min(shown, ready)
        look.go("/billing?tab=review")
        assert page.locator("tr[data-row]").count() == waiting - 1
        look.go("/billing?tab=ready")
        assert page.locator("tr[data-row]").count() == 1
        look.go("/billing?tab=sent")
        leaving.first.get_by_role("checkbox").check()
        page.get_by_role("button", name="Send now").click()
        page.get_by_role("dialog").get_by_role("button", name="Send now").click()
        expect(page.get_by_text("1 invoice sent")).to_be_visible()
        number = page.locator("a.row-open[href^='/invoices/']").first.text_content() or ""
        assert number
        in_the_mailbox(look, number)


def in_the_mailbox(look: Looking, number: str) -> None:
    """The mail comes within a moment, with PDF and XML."""
    page = look.page
    link = page.get_by_role("link", name=re.compile(re.escape(number)))
    for _ in range(60):
        look.go("/mailbox")
        if link.count():
            break
        page.wait_for_timeout(1000)
    link.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    expect(page.get_by_text(".pdf").first).to_be_visible()


def test_a_receipt_is_applied_and_taken_back_by_keyboard_alone(
    chromium: Browser, acquit: Installation
) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Ioana Munteanu")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url(re.compile("/apply"))
        left = page.locator(".figure", has_text="Left to do").locator(".figure-value")
        before = number_in(left.text_content())
        payer = page.locator("#receipt-title").text_content()
        expect(page.locator("#accept")).to_be_focused()
        # So low that the button and the head of the receipt cannot both be seen.
        page.set_viewport_size({"width": 1280, "height": 480})
        page.keyboard.press("Enter")
        expect(left).to_have_text(str(before - 1))
        expect(page.locator("#accept")).to_be_focused()
        for part in ("#receipt-title", ".receipt-amount", ".receipt-text"):
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
            assert page.locator(part).evaluate(IS_UNCOVERED), f"{part} is behind a bar"
        undo = page.get_by_role("button", name=re.compile("^Undo"))
        expect(undo.first).to_be_visible()
        assert page.evaluate("() => document.activeElement !== document.body"), "focus goes on"
        page.keyboard.press("u")
        expect(left).to_have_text(str(before))
        assert payer in (page.locator("#queue").text_content() or "")
        page.reload()
        expect(page.locator(".last-act", has_text=payer)).to_have_count(0)
        look.go("/customers")
        page.keyboard.press("u")
        expect(page.locator("#toasts")).to_contain_text("Nothing to undo")


def test_the_key_of_undo_takes_back_what_the_notice_speaks_of(
    chromium: Browser, acquit: Installation
) -> None:
    """After "accept and go on" another receipt stands there, of which something is applied too."""
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Ioana Munteanu")
        look.go("/apply")
        rows = page.locator("#queue li[data-row] a")
        # Of a document in the money's own currency a little may be paid.
        other = rows.filter(has_text="RON").nth(1).get_attribute("href") or ""
        look.go(other)
        number = page.locator(".is-best tbody th span").first.inner_text().split()[0]
        look.go(f"{other}?find={number}")
        page.locator("input.amount").first.fill("1.00")
        page.get_by_role("button", name="Apply these").click()
        expect(page.locator("#receipt").get_by_text("Partly applied")).to_be_visible()
        look.go("/apply")
        first = page.locator("#queue li[data-row] a").first.get_attribute("href") or ""
        assert first != other
        page.keyboard.press("Enter")
        expect(page.locator("#toasts [data-undo]")).to_have_count(1)
        notice, accept = (page.locator(one).bounding_box() for one in ("#toasts", "#accept"))
        assert notice and accept and notice["x"] + notice["width"] < accept["x"], "it is covered"
        page.locator(f"#queue a[href='{other}']").click()
        expect(page.locator("#receipt").get_by_text("Partly applied")).to_be_visible()
        page.keyboard.press("u")
        page.wait_for_url(re.compile(re.escape(first) + "$"))
        expect(page.locator("#receipt").get_by_text("Unapplied")).to_be_visible()
        look.go(other)
        expect(page.locator("#receipt").get_by_text("Partly applied")).to_be_visible()


def test_the_second_clerk_reads_that_somebody_is_here(
    chromium: Browser, acquit: Installation
) -> None:
    with looking(chromium, acquit) as first, looking(chromium, acquit) as second:
        sign_in(first, "Ioana Munteanu")
        sign_in(second, "Maria Ionescu")
        first.go("/apply")
        with first.page.expect_response(re.compile("/presence$")):
            first.page.locator("#queue li[data-row] a").nth(1).click()
        first.page.wait_for_url(re.compile("/apply/rcp_"))
        second.page.goto(first.page.url)
        expect(second.page.locator("[data-presence]")).to_have_text("Ioana Munteanu is here.")
        second.page.locator("#queue li[data-row] a").nth(2).click()
        expect(second.page.locator("[data-presence]")).to_be_hidden()


def test_a_digit_chooses_a_proposal(chromium: Browser, acquit: Installation) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Olga Ott")
        look.go(f"/apply/{acquit.places[LOOKED_AT]['several']}")
        first = page.locator(".is-best tbody tr").first.text_content()
        expect(page.locator("#best")).to_have_text("Proposal 1")
        page.keyboard.press("3")
        expect(page.locator("#best")).to_have_text("Proposal 3")
        expect(page.locator("#accept")).to_be_focused()
        assert page.locator(".is-best tbody tr").first.text_content() != first
        page.keyboard.press("2")
        expect(page.locator("#best")).to_have_text("Proposal 2")
        page.keyboard.press("1")
        expect(page.locator("#best")).to_have_text("Proposal 1")


def test_a_balance_opens_down_to_the_bytes_of_the_bank_file(
    chromium: Browser, acquit: Installation
) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Ștefan Albu")
        look.go("/ledger")
        clicks = 0
        for step in (
            page.locator("tr[data-row] .row-open", has_text=re.compile("^(512|1800|5121)")),
            page.locator("tr[data-row] .row-open"),
            page.get_by_role("link", name=re.compile("^Line of statement")),
        ):
            step.first.click()
            page.wait_for_load_state()
            clicks += 1
        assert clicks <= 4
        shown = page.locator("pre.bytes").text_content() or ""
        assert shown.lstrip().startswith("<Ntry>")
        statement = page.get_by_role("link", name=re.compile("CARPAT-")).first
        statement.click()
        with page.expect_download() as download:
            page.locator("a[href$='/file']").first.click()
        body = Path(download.value.path()).read_bytes()
        assert shown.strip().encode() in body
        assert hashlib.sha256(body).hexdigest() in (page.locator("main").text_content() or "")


def test_a_customer_reads_his_invoice_without_script(
    chromium: Browser, acquit: Installation
) -> None:
    address = f"/p/{TOKEN}"
    with looking(chromium, acquit, script=False, phone=True) as look:
        page = look.page
        look.go(address)
        due = page.locator(".due-amount")
        expect(due).to_be_visible()
        box = due.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 300, "what is due stands in the first 300 pixels"
        shown = [one.strip() for one in page.locator("code.digest").all_text_contents()]
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF").click()
        body = Path(download.value.path()).read_bytes()
        assert body.startswith(b"%PDF")
        assert hashlib.sha256(body).hexdigest() in shown
        page.get_by_role("button", name="I have received this document").click()
        expect(page.get_by_text("We noted that you received")).to_be_visible()


def test_a_link_that_was_taken_back_opens_no_more(chromium: Browser, acquit: Installation) -> None:
    with looking(chromium, acquit) as look:
        page = look.page
        sign_in(look, "Olga Ott")
        look.go(f"/invoices/{acquit.places[LOOKED_AT]['invoice']}")
        page.get_by_role("button", name="Portal link").click()
        shown = page.locator(f"text={acquit.address}/p/").first
        expect(shown).to_be_visible()
        found = re.search(r"/p/[\w-]+", shown.text_content() or "")
        assert found is not None
        look.go(found[0])
        look.go(f"/invoices/{acquit.places[LOOKED_AT]['invoice']}")
        page.get_by_role("button", name="Revoke", exact=True).first.click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke link").click()
        expect(page.get_by_text("The link no longer opens.")).to_be_visible()
        look.go(found[0], status=404)
        expect(page.get_by_role("heading", name="This link does not open")).to_be_visible()


def test_a_large_credit_takes_a_second_person(chromium: Browser, acquit: Installation) -> None:
    with looking(chromium, acquit) as look:
        sign_in(look, "Ștefan Albu")
        number = ask_for_credit(look)
        look.go("/approvals")
        own = look.page.locator("article", has_text=number).filter(has_text="agreed by phone")
        expect(own).to_contain_text("This is your own request")
    with looking(chromium, acquit) as look:
        sign_in(look, "Maria Ionescu")
        look.go("/approvals")
        decide(look.page, number)
        expect(look.page.get_by_text("Approved and done.")).to_be_visible()
        look.go("/approvals/decided")
        expect(look.page.locator("main")).to_contain_text(number)


def ask_for_credit(look: Looking) -> str:
    """Credit an invoice in full that is above the maker's limit and within the approver's."""
    page = look.page
    look.go("/invoices?status=open")
    rows = page.locator("tr[data-row]", has_text="RON")
    gross = {n: digits(rows.nth(n).locator("td.num").first) for n in range(rows.count())}
    chosen = max((n for n in gross if gross[n] <= APPROVER_MINOR_MAX), key=gross.__getitem__)
    assert gross[chosen] > MAKER_MINOR_MAX
    link = rows.nth(chosen).locator(".row-open")
    number = (link.text_content() or "").strip()
    link.click()
    page.get_by_role("link", name="Credit").first.click()
    page.get_by_label(re.compile("Reason")).fill("agreed by phone")
    page.get_by_role("button", name="Issue credit note").click()
    page.get_by_role("dialog").get_by_role("button", name="Issue credit note").click()
    expect(page.get_by_text("above your limit")).to_be_visible()
    return number


def decide(page: Page, number: str) -> None:
    page.locator("article", has_text=number).filter(has_text="agreed by phone").get_by_role(
        "button", name=re.compile("^Approve")
    ).click()
