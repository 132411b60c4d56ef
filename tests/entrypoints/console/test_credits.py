"""Credit notes typed into a shell: whole, by line, by share, by sum; one or a file of many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from acquit.access.commands.approve import Decision, approve
from acquit.access.models import ApprovalRequest, Limit
from acquit.stages.invoices.commands.bill import bill
from acquit.stages.invoices.models import Document
from tests.entrypoints.console.test_work import folder, typed
from tests.support.invoices import Sold, customer, deliver
from tests.support.pages import member
from tests.support.world import World, someone

__all__ = ["folder"]
BECAUSE = ("--reason", "goods returned")


def billed(world: World, *sold: Sold) -> Document:
    """An invoice of these lines, at 19 %."""
    known = set(Document.objects.values_list("id", flat=True))
    deliver(world, customer(world, f"C-{len(known)}"), list(sold))
    bill(ctx=world.ctx(), as_of=world.today)
    made: Document = Document.objects.exclude(id__in=known).get()
    return made


def notes() -> list[int]:
    made = Document.objects.filter(kind="credit_note").order_by("number")
    return list(made.values_list("gross_minor", flat=True))


def test_a_part_and_then_the_rest_of_an_invoice(folder: Path, world: World) -> None:
    document = billed(world, Sold("10", "5.00"), Sold("4", "12.50"))
    number = document.number
    assert document.gross_minor == 11_900
    tried = typed("credit", number, "--percent", "10", *BECAUSE, "--dry-run", "--json")
    assert json.loads(tried.stdout)["gross"] == "11.90 EUR", tried.output
    assert (notes(), "dry run" in tried.stderr) == ([], True)
    typed("credit", number, "--percent", "10", *BECAUSE)
    typed("credit", number, "--line", "2=1", *BECAUSE)
    typed("credit", number, "--amount", "20.00", *BECAUSE)
    assert notes() == [1_190, 1_488, 2_000]
    said = typed("credit", number, *BECAUSE)
    rest = Document.objects.order_by("-number").filter(kind="credit_note")[0]
    assert said.stdout == f"{number}: credit note {rest.number} of 72.22 EUR.\n"
    assert sum(notes()) == 11_900
    again = typed("credit", number, *BECAUSE)
    assert (again.exit_code, "everything was credited before" in again.stderr) == (1, True)


def test_a_file_of_many_says_what_became_of_each(folder: Path, world: World) -> None:
    first = billed(world, Sold("2", "100.00"), Sold("1", "50.00")).number
    second = billed(world, Sold("1", "40.00")).number
    file = folder / "credits.csv"
    file.write_text(
        "number,reason,line,quantity,percent,amount\n"
        f"{first},damaged,1,1,,\n{first},damaged,2,0.5,,\n{second},,,,50,\nNO-1,x,,,,\n"
        f"{second},too much,,,,900.00\n"
    )
    said = typed("credit", "--file", file, "--reason", "agreed", "--json")
    answers = [json.loads(line) for line in said.stdout.splitlines()]
    assert said.exit_code == 1
    told = {(one["number"], one["state"], one.get("gross", "")) for one in answers}
    assert told == {
        (first, "done", "148.75 EUR"), (second, "done", "23.80 EUR"),
        ("NO-1", "refused", ""), (second, "refused", ""),
    }  # fmt: skip
    assert "row 5: number: there is no invoice 'NO-1'" in said.stderr
    assert "no quantities make 900.00 EUR; nearest: 47.60 EUR" in said.stderr
    assert sorted(notes()) == [2_380, 14_875]
    reasons = {row.header["reason"] for row in Document.objects.filter(kind="credit_note")}
    assert reasons == {"damaged", "agreed"}


def test_what_is_above_the_limit_waits_and_its_approval_credits_it(
    folder: Path, world: World
) -> None:
    large = billed(world, Sold("2", "100.00"), Sold("1", "50.00")).number
    small = billed(world, Sold("1", "40.00")).number
    for role, minor in (("owner", 10_000), ("receivables_manager", 100_000)):
        Limit.objects.create(
            id=world.ids.new(), company_id=world.company_id, role=role, amount_minor=minor,
            command="invoices.credit", currency="EUR",
        )  # fmt: skip
    file = folder / "credits.csv"
    file.write_text(f"number,reason\n{large},damaged\n{small},damaged\n")
    tried = typed("credit", "--file", str(file), "--dry-run")
    assert (tried.exit_code, ApprovalRequest.objects.count(), notes()) == (0, 0, [])
    said = typed("credit", "--file", str(file))
    assert said.exit_code == 0, said.output
    waits, made = said.stdout.splitlines()
    why = "297.50 EUR is above the limit of 100.00 EUR"
    assert waits == f"{large}: waits for a second person, under Approvals; {why}."
    assert made.startswith(f"{small}: credit note ") and made.endswith(" of 47.60 EUR.")
    assert notes() == [4_760]
    again = typed("credit", large, *("--reason", "damaged"), "--json")
    assert json.loads(again.stdout)["state"] == "awaiting_approval"
    request = ApprovalRequest.objects.get()  # asked for twice, and waits once
    assert (request.amount_minor, request.maker_name) == (29_750, "Console")
    maria = member(world, "receivables_manager", name="Maria")
    manager = someone("receivables_manager", name="Maria", id=maria.id)
    world.on(request.item["issued_on"])  # the shell acts today
    approve(ctx=world.ctx(actor=manager), items=[Decision(request.id)]).or_refuse()
    assert notes() == [4_760, 29_750]
    done = typed("credit", large, *BECAUSE)
    assert (done.exit_code, "everything was credited before" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("NO-1", *BECAUSE), 3),
        (("--reason", "x"), 2),
        (("NO-1", "--line", "one=2", *BECAUSE), 2),
        (("NO-1", "--percent", "ten", *BECAUSE), 2),
    ],
)
def test_the_shell_is_told_what_was_wrong(folder: Path, words: tuple[str, ...], code: int) -> None:
    said = typed("credit", *words)
    assert (said.exit_code, "->" in said.stderr) == (code, True), said.output
