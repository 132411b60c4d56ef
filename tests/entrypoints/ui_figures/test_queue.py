"""The queue of Apply with several people in it, over several pages, and many decisions at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from acquit.access import presence
from acquit.access.models import Presence
from acquit.entrypoints.ui import applying, links
from acquit.stages.insight import verify
from acquit.stages.matching.commands import propose
from acquit.stages.matching.models import Proposal
from acquit.stages.receivables.models import Allocation
from tests.entrypoints.ui_figures.conftest import Scene, bank
from tests.support.money import Doc, Movement, issue
from tests.support.pages import browser
from tests.support.world import World

pytestmark = pytest.mark.django_db


def _say(clerk: Client, scene: Scene, minor: int) -> str:
    return clerk.post(reverse("apply_presence", args=[scene.receipt(minor)])).content.decode()


def test_the_second_clerk_reads_who_is_here(scene: Scene) -> None:
    ana = browser(scene.world, "cash_clerk", name="Ana")
    bob = browser(scene.world, "cash_clerk", name="Bob")
    assert _say(ana, scene, 3_000) == ""
    assert _say(bob, scene, 3_000) == "Ana is here."
    assert "Bob is here." in ana.get(f"/apply/{scene.receipt(3_000)}").content.decode()
    assert "is here." not in ana.get(f"/apply/{scene.receipt(2_500)}").content.decode()
    _say(ana, scene, 2_500)
    assert _say(bob, scene, 3_000) == "", "one person is at one place"


def test_who_says_nothing_for_a_while_is_gone(scene: Scene) -> None:
    ana = browser(scene.world, "cash_clerk", name="Ana")
    bob = browser(scene.world, "cash_clerk", name="Bob")
    _say(ana, scene, 3_000)
    row = Presence.objects.get()
    row.seen_at -= presence.WORTH + timedelta(seconds=1)
    row.save()
    assert _say(bob, scene, 3_000) == ""


def test_programs_are_nowhere(world: World) -> None:
    presence.be_at(world.ctx(), subject_id=world.company_id)
    assert not Presence.objects.exists()


def test_the_queue_turns_its_pages_and_keeps_the_place(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "QUEUE_ROWS", 1)
    clerk = browser(scene.world, "cash_clerk")
    first = clerk.get(reverse("apply"))
    group = first.context["groups"][1]
    assert (group["code"], group["count"], len(group["rows"])) == ("needs_you", 2, 1)
    assert not group["pages"].previous
    second = clerk.get(group["pages"].next)
    turned = second.context["groups"][1]
    assert turned["rows"][0]["id"] != group["rows"][0]["id"]
    assert not turned["pages"].next
    assert clerk.get(turned["pages"].previous).context["groups"][1]["rows"] == group["rows"]
    shown = clerk.get(turned["rows"][0]["url"])
    assert shown.context["groups"][1]["rows"][0]["is_selected"], "the place is kept"
    assert second.context["groups"][0]["rows"], "the other group stays on its first page"
    assert clerk.get("/apply?group=suggested&after=nonsense").status_code == 404


def test_a_page_that_was_worked_off_gives_way_to_the_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "QUEUE_ROWS", 1)
    clerk = browser(scene.world, "cash_clerk")
    turned = clerk.get(clerk.get(reverse("apply")).context["groups"][0]["pages"].next)
    row = turned.context["groups"][0]["rows"][0]
    proposal = turned.context["groups"][0]
    assert proposal["code"] == "suggested"
    page = clerk.get(row["url"])
    answer = clerk.post(
        reverse("apply_acceptance", args=[row["id"]]) + page.context["turned"],
        {"proposal": page.context["work"]["chosen"]["id"], "key": "k"},
    )
    onwards = clerk.get(answer["Location"])
    assert len(onwards.context["groups"][0]["rows"]) == 1
    assert onwards.context["turned"] == ""


def test_the_way_back_is_in_the_address() -> None:
    """Forward through 30 pages and back again: each page once, and never a wrong one."""
    path, query = "/list", QueryDict("q=x")
    for number in range(1, 31):
        following = links.pages_of(path, query, number).next
        query = QueryDict(following.partition("?")[2])
        assert (query["q"], query["after"]) == ("x", str(number))
    seen = []
    while True:
        around = links.pages_of(path, query, None)
        if not around.previous:
            break
        query = QueryDict(around.previous.partition("?")[2])
        seen.append(int(query["after"]))
    assert seen == list(range(29, 29 - links.BACK_MAX, -1))
    assert around.first == "/list?q=x"
    second = links.pages_of(path, QueryDict("q=x&after=1&back="), None)
    assert (second.previous, second.first) == ("/list?q=x", "")


def _broken(scene: Scene) -> set[tuple[str, str]]:
    """What does not hold; the documents of these tests have no lines, so it is not nothing."""
    found = verify.run(company_id=scene.world.company_id, now=scene.world.ctx().now)
    return {(one["invariant"], one["record"]) for one in found["broken"]}


def test_many_suggestions_are_accepted_by_one_act_and_taken_back_by_one(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    before = {item.id: item.open_minor for item in scene.items}
    known = _broken(scene)
    shown = clerk.get(reverse("suggestions") + "?over=1")
    assert shown.context["count"] == 2
    assert sum(row["amount"].minor for row in shown.context["rows"]) == 5_500
    answer = clerk.post(
        reverse("suggestions_acceptances"),
        {"over": "1", "until": shown.context["until"], "key": "many"},
        follow=True,
    )
    assert scene.open(1) == before[scene.items[1].id] - 3_000
    assert scene.open(3) == before[scene.items[3].id] - 2_500
    body = answer.content.decode()
    assert "2 suggestions accepted." in body
    undo = answer.context["messages"]
    back = next(m.extra_tags for m in undo if "undo:" in m.extra_tags).removeprefix("undo:")
    answer = clerk.post(back, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert [scene.open(n) for n in (1, 3)] == [before[scene.items[n].id] for n in (1, 3)]
    assert _broken(scene) == known


def test_what_was_suggested_after_the_preview_is_not_accepted(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")
    until = clerk.get(reverse("suggestions") + "?over=1").context["until"]
    late = issue(scene.world, [Doc(scene.customers[0].id, 4_321)])
    bank(scene.world, Movement(4_000, f"part of {late[0].number}"), reference="S2")
    propose(ctx=scene.world.ctx(), items=[])
    newest = Proposal.objects.get(total_minor=4_000)
    newest.created_at = newest.created_at + timedelta(days=1)
    newest.save()
    clerk.post(reverse("suggestions_acceptances"), {"over": "1", "until": until, "key": "k"})
    newest.refresh_from_db()
    assert newest.state == "proposed"
    assert Proposal.objects.filter(state="accepted", action="suggest").count() == 2


def test_ambiguous_ones_are_never_accepted_unseen(scene: Scene) -> None:
    Proposal.objects.filter(total_minor=3_000).update(rivals=1)
    clerk = browser(scene.world, "cash_clerk")
    shown = clerk.get(reverse("suggestions") + "?over=1")
    assert (shown.context["count"], shown.context["ambiguous"]) == (1, 1)
    values = {"over": "1", "until": shown.context["until"], "key": "k"}
    clerk.post(reverse("suggestions_acceptances"), values)
    assert scene.open(1) == 8_000
    again = clerk.post(reverse("suggestions_acceptances"), {**values, "key": "k2"})
    assert again.status_code == 422
    assert clerk.get(reverse("suggestions") + "?over=x").status_code == 422


def test_the_number_of_queries_does_not_grow_with_the_suggestions(scene: Scene) -> None:
    clerk = browser(scene.world, "cash_clerk")

    def accepted(key: str) -> int:
        until = clerk.get(reverse("suggestions") + "?over=1").context["until"]
        with CaptureQueriesContext(connection) as captured:
            clerk.post(
                reverse("suggestions_acceptances"), {"over": "1", "until": until, "key": key}
            )
        return len(captured)

    few = accepted("few")
    items = issue(scene.world, [Doc(scene.customers[0].id, 9_000 + n) for n in range(20)])
    movements = [Movement(2_500 + n, f"for {item.number}") for n, item in enumerate(items)]
    bank(scene.world, *movements, reference="S3")
    propose(ctx=scene.world.ctx(), items=[])
    assert accepted("many") == few
    assert Allocation.objects.filter(amount_minor__gt=0).count() == 23
