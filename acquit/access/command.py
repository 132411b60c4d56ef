"""The one mechanism behind every change of state.

A command is a function ``verb(*, ctx, items, ...) -> Outcome``. The decorator makes it:

1. guarded: the actor needs the permission; a refusal is logged even though nothing happened;
2. idempotent: with a key, the same request gets the same answer and another body is refused;
3. limited: items above the actor's limit wait for a second person, then the same command runs;
4. one transaction: the outermost command commits, inner ones join;
5. recorded: facts are chained, reactions run, jobs are enqueued, before the commit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ParamSpec, get_args, get_type_hints

from django.db import transaction

from acquit.access import approvals, idempotency
from acquit.access.models import RefusedAccess
from acquit.core.context import Context
from acquit.core.faults import Fault, Refused
from acquit.core.money import Money
from acquit.core.outcome import ItemResult, Outcome
from acquit.database.behind import writing_behind
from acquit.database.bulk import many_objects
from acquit.history import unit

P = ParamSpec("P")
Weigh = Callable[[Context, Sequence[Any]], Sequence[Money | None]]


class Forbidden(Refused):
    """The actor lacks the permission; the attempt is in the log of refused access."""

    command = ""  # set by the guard of commands; pages and operations log their own


@dataclass(frozen=True, slots=True)
class Command:
    """One registered verb. ``item_type`` is what an approval request is turned back into."""

    name: str
    run: Callable[..., Outcome]
    item_type: Any
    always_second_person: bool
    bound_by: tuple[str, ...]


REGISTRY: dict[str, Command] = {}
_TRIES = 3


def command(
    name: str,
    *,
    weigh: Weigh | None = None,
    second_person: bool = False,
    bound_by: tuple[str, ...] = (),
    is_bulk: bool = False,
) -> Callable[[Callable[P, Outcome]], Callable[P, Outcome]]:
    """Declare a command. ``weigh`` gives the amount of each item for the limits;
    ``second_person`` makes every item wait for approval whatever its amount; ``bound_by`` names
    commands whose limits hold for this one too, because it does what they do. ``is_bulk``: it may
    hold hundreds of thousands of rows, see :func:`many_objects`."""

    def declare(function: Callable[P, Outcome]) -> Callable[P, Outcome]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> Outcome:
            if args:
                raise TypeError(f"{name} takes keywords only")
            ctx = kwargs["ctx"]
            assert isinstance(ctx, Context)
            outermost = not unit.is_open()
            try:
                _permit(name, ctx)
                # To the commit: what is held until then would be looked through before it.
                with many_objects() if is_bulk else nullcontext():
                    return _in_time(name, ctx, function, dict(kwargs), weigh, second_person)
            except Forbidden as refusal:
                # Also for a command inside this one: here its transaction is rolled back already.
                if outermost and refusal.command:
                    log_refusal(ctx, command=refusal.command, why=str(refusal))
                raise

        if name in REGISTRY:
            raise RuntimeError(f"command {name} is declared twice")
        REGISTRY[name] = Command(name, run, _item_type(function), second_person, bound_by)
        return run

    return declare


def log_refusal(ctx: Context, *, command: str, why: str) -> None:
    """Keep a refused attempt; called outside the transaction that is rolled back."""
    RefusedAccess.objects.create(
        id=ctx.ids.new(),
        company_id=ctx.company_id,
        actor_id=ctx.actor.id,
        actor_name=ctx.actor.name,
        command=command,
        why=why,
        at=ctx.now,
        request_id=ctx.request_id,
    )


def _permit(name: str, ctx: Context) -> None:
    if ctx.actor.may(name):
        return
    why = f"{ctx.actor.name} may not do this: {name}"
    fix = f"ask for a role that may do this: {name}"
    refusal = Forbidden((Fault("access.forbidden", why, fix=fix),))
    refusal.command = name
    raise refusal


def _in_time(
    name: str,
    ctx: Context,
    function: Callable[..., Outcome],
    kwargs: dict[str, Any],
    weigh: Weigh | None,
    second_person: bool,
) -> Outcome:
    """Run; where the books were read as known at a later instant meanwhile, run once more with
    the instant after it, so that what was read stays true."""
    for _try in range(_TRIES):
        try:
            return _run(name, ctx, function, kwargs, weigh, second_person)
        except unit.Overtaken as overtaken:
            ctx = replace(ctx, now=overtaken.known_until + timedelta(microseconds=1))
            kwargs = {**kwargs, "ctx": ctx}
    return _run(name, ctx, function, kwargs, weigh, second_person)


def _run(
    name: str,
    ctx: Context,
    function: Callable[..., Outcome],
    kwargs: dict[str, Any],
    weigh: Weigh | None,
    second_person: bool,
) -> Outcome:
    with transaction.atomic():
        opened = unit.begin(company_id=ctx.company_id, command=name)
        try:
            with writing_behind():
                answered = idempotency.claim(ctx, command=name, body=kwargs)
                if answered is not None:
                    return answered
                outcome = _decide(name, ctx, function, kwargs, weigh, second_person)
                idempotency.answer(ctx, outcome)
                if opened is not None:
                    unit.flush(opened)
                return outcome
        finally:
            if opened is not None:
                unit.end()


def _decide(
    name: str,
    ctx: Context,
    function: Callable[..., Outcome],
    kwargs: dict[str, Any],
    weigh: Weigh | None,
    second_person: bool,
) -> Outcome:
    if weigh is None and not second_person:
        return function(**kwargs)
    items = kwargs["items"]
    allowed, waiting = approvals.hold_back(
        ctx,
        command=name,
        items=items,
        weigh=lambda: weigh(ctx, items) if weigh else [None] * len(items),
        always=second_person,
        bound_by=REGISTRY[name].bound_by,
    )
    if not waiting:
        return function(**kwargs)
    done = function(**{**kwargs, "items": allowed}) if allowed else Outcome()
    return Outcome(items=_in_order(items, allowed, done.items, waiting), figures=done.figures)


def _in_order(
    items: Sequence[Any],
    allowed: Sequence[Any],
    done: Sequence[ItemResult],
    waiting: Sequence[ItemResult],
) -> tuple[ItemResult, ...]:
    """Each answer at the place of its item. A command that does not answer item by item speaks
    before what waits."""
    if len(done) != len(allowed):
        return (*done, *waiting)
    at_once, later = iter(done), iter(waiting)
    ids = set(map(id, allowed))
    return tuple(next(at_once if id(item) in ids else later) for item in items)


def _item_type(function: Callable[..., Outcome]) -> Any:
    hint = get_type_hints(function).get("items")
    arguments = get_args(hint)
    return arguments[0] if arguments else None
