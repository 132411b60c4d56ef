"""T6: every operation x every caller x every owner, generated from what is declared."""

from __future__ import annotations

import re
from typing import Any

import pytest

from acquit.access.models import RefusedAccess
from acquit.core.ids import PREFIXES
from acquit.entrypoints.api.app import api
from acquit.entrypoints.api.operation import DECLARED, Declared
from tests.entrypoints.api import requests as sound
from tests.support.api import RANDOM, Api, Seeded, counts, new_key, nobody

assert api  # mounts the operations
pytestmark = pytest.mark.django_db
REQUEST_ID = {"X-Request-Id": "t6"}
NOBODYS = {kind: nobody(kind) for kind in [*PREFIXES, "fact", "credit_item"]} | {
    "credit_item": nobody("open_item")
}
EVERY = pytest.mark.parametrize("declared", DECLARED, ids=lambda d: d.name)


def _kinds(declared: Declared) -> list[str]:
    return [
        sound.PARAMETERS[n] for n in re.findall(r"{(\w+)}", declared.path) if n in sound.PARAMETERS
    ]


def _ask(caller: Api, declared: Declared, ids: sound.Ids, own: sound.Ids, **headers: str) -> Any:
    """The operation's sound request, about the objects ``ids``."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return own[sound.SHARED[name]] if name in sound.SHARED else ids[sound.PARAMETERS[name]]

    path = re.sub(r"{(\w+)}", value, declared.path)
    body = sound.BODIES[declared.name](ids) if declared.name in sound.BODIES else None
    query = sound.QUERIES[declared.name](ids) if declared.name in sound.QUERIES else None
    sent = {**REQUEST_ID, **({"If-Match": "*"} if declared.if_match else {}), **headers}
    return caller.raw(declared.method, path, body, query=query, headers=sent)


def _right(declared: Declared, ours: Seeded) -> Api:
    """A caller with just the scopes the operation needs."""
    scopes = (declared.permission, *sound.ALSO.get(declared.name, ()))
    return Api(new_key(ours.world, *scopes, name="right"))


def _names_objects(declared: Declared) -> bool:
    """Whether the request names an object by id, in path, query or body."""
    if _kinds(declared):
        return True
    shapes = (sound.BODIES.get(declared.name), sound.QUERIES.get(declared.name))
    return any(RANDOM.hex in str(shape(NOBODYS)) for shape in shapes if shape)


@EVERY
def test_without_a_key_nothing_is_said(declared: Declared, ours: Seeded) -> None:
    for secret in ("", "wrong"):
        answer = _ask(Api(secret), declared, ours.ids, ours.ids)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"] == "Bearer"


@EVERY
def test_without_the_scope_it_is_refused_by_name_and_kept(declared: Declared, ours: Seeded) -> None:
    other = "read.system" if declared.permission != "read.system" else "read.ledger"
    caller = Api(new_key(ours.world, other, name="narrow"))
    before = RefusedAccess.objects.count()
    answer = _ask(caller, declared, ours.ids, ours.ids)
    assert answer.status_code == 403
    assert declared.permission in answer.json()["detail"]
    assert answer.json()["errors"][0]["code"] == "access.scope"
    kept = RefusedAccess.objects.order_by("-at").first()
    assert RefusedAccess.objects.count() == before + 1
    assert kept is not None
    assert (kept.command, kept.actor_name) == (declared.permission, "narrow")


@EVERY
def test_the_right_key_is_answered(declared: Declared, ours: Seeded) -> None:
    caller = _right(declared, ours)
    before = counts()
    answer = _ask(caller, declared, ours.ids, ours.ids)
    expected = sound.REFUSED.get(declared.name, 200)
    assert answer.status_code == expected, answer.content
    assert answer["X-Request-Id"] == "t6"
    if declared.method == "GET":
        assert counts() == before


@pytest.mark.parametrize(
    "declared", filter(_names_objects, DECLARED), ids=lambda declared: declared.name
)
def test_what_is_theirs_is_what_is_nowhere(
    declared: Declared, ours: Seeded, theirs: Seeded
) -> None:
    """The id of another company's object and a random id are answered by the same bytes, and
    neither changes anything."""
    caller = _right(declared, ours)
    before = counts()
    foreign = _ask(caller, declared, theirs.ids, ours.ids)
    random = _ask(caller, declared, NOBODYS, ours.ids)
    assert _masked(foreign, theirs.ids) == _masked(random, NOBODYS)
    if _kinds(declared):
        assert foreign.status_code == 404
    if foreign.status_code >= 400:
        assert counts() == before
    else:
        text = foreign.content.decode()
        assert not any(ids in text for ids in _secrets(theirs)), text


def test_every_command_has_a_sound_request() -> None:
    commands = {d.name for d in DECLARED if d.method != "GET"}
    assert commands == set(sound.BODIES) | sound.BARE


def _masked(answer: Any, ids: sound.Ids) -> tuple[int, str]:
    """The answer with the ids that were asked for taken out: they are the caller's own words."""
    text = answer.content.decode()
    for value in {*ids.values()}:
        if len(value) >= 32:
            digits = value[-32:]
            dashed = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
            text = text.replace(value, "ID").replace(digits, "ID").replace(dashed, "ID")
    return answer.status_code, text


def _secrets(other: Seeded) -> list[str]:
    return [other.world.company.name, other.world.company_id.hex]
