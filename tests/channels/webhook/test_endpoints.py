"""Endpoints: what is refused, what a second saving does, what the lists and the API show."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from acquit.channels.webhook import queries
from acquit.channels.webhook.commands.endpoints import (
    EndpointData,
    Rotation,
    rotate,
    save_endpoint,
)
from acquit.channels.webhook.models import Endpoint
from acquit.core.faults import Refused
from acquit.core.outcome import ItemState
from acquit.history.models import FactRecord
from tests.support.api import Api, new_key
from tests.support.webhooks import NEXT_SECRET, SECRET
from tests.support.world import World, someone

pytestmark = pytest.mark.django_db
URL = "https://erp.example/hooks/acquit?token=abc"


def data(url: str = URL, *kinds: str, secret: str = SECRET) -> EndpointData:
    return EndpointData(url=url, kinds=kinds or ("invoices.DocumentIssued",), secret=secret)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (data("http://erp.example/"), "webhook.url"),
        (data("https://169.254.169.254/"), "webhook.url"),
        (data("https://[::1]/"), "webhook.url"),
        (data("https://ana:word@erp.example/"), "webhook.url"),
        (data("not an address"), "webhook.url"),
        (data(URL, "invoices.DocumentIsued"), "webhook.kind"),
        (data(URL, "invoices.DocumentIssued", "*"), "webhook.kinds"),
        (EndpointData(url=URL, kinds=(), secret=SECRET), "webhook.kinds"),
        (data(secret="whsec_c2hvcnQ="), "webhook.secret"),
        (data(secret=SECRET.removeprefix("whsec_")), "webhook.secret"),
        (data(secret="whsec_?"), "webhook.secret"),
    ],
)
@override_settings(WEBHOOK_LOOPBACK=False)
def test_refused_with_the_place_and_the_others_are_saved(
    world: World, item: EndpointData, code: str
) -> None:
    good = data("https://good.example/")
    outcome = save_endpoint(ctx=world.ctx(), items=[item, good])
    assert [fault.code for fault in outcome.items[0].faults] == [code]
    assert all(fault.path and fault.message for fault in outcome.faults)
    assert [r.state for r in outcome.items] == [ItemState.REFUSED, ItemState.DONE]
    assert [row.url for row in queries.endpoints(company_id=world.company_id)] == [good.url]


def test_a_known_address_is_changed_not_doubled(world: World) -> None:
    first = save_endpoint(ctx=world.ctx(), items=[data()])
    same = save_endpoint(ctx=world.ctx(), items=[data(secret=NEXT_SECRET)])
    more = save_endpoint(ctx=world.ctx(), items=[data(URL, "*", secret=NEXT_SECRET)])
    assert [o.items[0].state for o in (first, same, more)] == ["done", "duplicate", "done"]
    assert [o.figures for o in (first, same, more)] == [
        {"made": 1, "changed": 0},
        {"made": 0, "changed": 0},
        {"made": 0, "changed": 1},
    ]
    assert first.ids == same.ids == more.ids
    (view,) = queries.endpoints(company_id=world.company_id)
    assert view.kinds == ("*",)
    facts = FactRecord.objects.filter(kind="webhook.EndpointSaved").order_by("seq")
    assert [fact.payload["host"] for fact in facts] == ["erp.example"] * 2
    assert not any("token" in str(fact.payload) for fact in facts)


def test_who_may_not(world: World) -> None:
    for role in ("billing_clerk", "auditor", "accountant"):
        with pytest.raises(Refused):
            save_endpoint(ctx=world.ctx(actor=someone(role)), items=[data()])
    save_endpoint(ctx=world.ctx(actor=someone("administrator")), items=[data()])
    assert Endpoint.objects.count() == 1


def test_an_unknown_endpoint_is_refused(world: World) -> None:
    item = Rotation(endpoint_id=world.ids.new(), secret=SECRET)
    outcome = rotate(ctx=world.ctx(), items=[item])
    assert outcome.faults[0].code == "webhook_endpoint.unknown"


@pytest.fixture
def api(world: World) -> Api:
    scopes = ("save_endpoint", "disable", "rotate", "resend", "replay")
    return Api(new_key(world, "read.webhook", *(f"webhook.{one}" for one in scopes)))


def test_the_life_of_an_endpoint_over_the_api(api: Api) -> None:
    wanted = {"url": URL, "kinds": ["*"]}
    key = {"Idempotency-Key": "once"}
    made = api.send("POST", "/webhook-endpoints", wanted, headers=key)
    assert made["secret"].startswith("whsec_")
    assert api.send("POST", "/webhook-endpoints", wanted, headers=key) == made
    assert api.post("/webhook-endpoints", wanted)["secret"] is None
    (listed,) = api.get("/webhook-endpoints")["items"]
    assert listed == {name: made[name] for name in made if name != "secret"}

    path = f"/webhook-endpoints/{made['id']}"
    turned = api.post(f"{path}/rotation")
    assert turned["secret"] not in (None, made["secret"])
    assert turned["previous_until"] is not None

    first = api.get("/webhook-deliveries", limit=1, endpoint=made["id"])
    second = api.get("/webhook-deliveries", limit=1, cursor=first["next"])
    kinds = [page["items"][0]["kind"] for page in (first, second)]
    assert kinds == ["webhook.SecretRotated", "webhook.EndpointSaved"]
    assert second["next"] is None
    (told,) = first["items"]
    assert api.get(f"/facts/{told['event_id']}", status=403)["status"] == 403
    api.post(f"/webhook-deliveries/{told['id']}/resending")
    recorded_at = datetime.fromisoformat(told["recorded_at"])
    day = recorded_at.astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()
    assert api.post(f"{path}/replays", {"day": day})["figures"]["deliveries"] == 2

    api.send("DELETE", path)
    (gone,) = api.get("/webhook-endpoints")["items"]
    assert gone["disabled_reason"] == "by hand"
    assert len(api.get("/webhook-deliveries", state="failed")["items"]) == 2
    refused: dict[str, Any] = api.post(f"{path}/replays", {"day": day}, status=422)
    assert refused["errors"][0]["code"] == "webhook.disabled"


def test_secrets_differ_without_a_key_and_from_key_to_key(api: Api) -> None:
    secrets = set()
    for n, headers in enumerate([{"Idempotency-Key": ""}] * 2 + [{"Idempotency-Key": "k"}]):
        body = {"url": f"https://erp{n}.example/", "kinds": ["*"]}
        secrets.add(api.send("POST", "/webhook-endpoints", body, headers=headers)["secret"])
    assert len(secrets) == 3
