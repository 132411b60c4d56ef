"""Reports as text for a person; ``--json`` gives the same figures to programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Answer = Mapping[str, Any]
# A receipt that was his from the start, or that became (or ceased to be) his: to a customer both
# are payments.
_MOVES = {"payer": "payment", "receipt": "payment"}
_BUCKETS = {"not_due": "not due", "over_90": "over 90 days"}


def table(name: str, answer: Answer) -> str:
    """The text of one of the reports of ``acquit report``."""
    return _TABLES[name](answer)


def counted(number: int, word: str) -> str:
    """A number of things, in words that agree.

    >>> counted(1, "invoice"), counted(0, "credit note")
    ('1 invoice', '0 credit notes')
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def _trial_balance(answer: Answer) -> str:
    rows = [
        f"{a['code']:<8} {a['name'][:40]:<40} {a['debit']:>16} {a['credit']:>16}"
        for a in answer["accounts"]
    ]
    foot = f"{'':<8} {'as at ' + str(answer['as_at']):<40} "
    return "\n".join([*rows, foot + f"{answer['debit']:>16} {answer['credit']:>16}"])


def _ageing(answer: Answer) -> str:
    rows = [f"{_bucket(name):<14} {amount:>16}" for name, amount in answer["buckets"].items()]
    rows.append(f"{'total':<14} {answer['total']:>16} {answer['currency']}")
    owing = counted(answer["customers"], "customer")
    return "\n".join([*rows, f"{owing}, as at {answer['as_at']}"])


def _bucket(name: str) -> str:
    """``1_30`` is days past due.

    >>> _bucket("1_30"), _bucket("not_due")
    ('1-30 days', 'not due')
    """
    return _BUCKETS.get(name) or f"{name.replace('_', '-')} days"


def _statement(answer: Answer) -> str:
    customer = answer["customer"]
    rows = [f"{customer['number']} {customer['name']}, {answer['currency']}"]
    rows.append(f"{answer['from']}  {'opening balance':<58} {answer['opening']:>16}")
    for line in answer["lines"]:
        kind = _MOVES.get(line["kind"], line["kind"].replace("_", " "))
        due = f", due {line['due_on']}" if line["kind"] in ("invoice", "debit_note") else ""
        words = f"{kind} {line['number']}".strip() + due
        rows.append(f"{line['on']}  {words:<44} {line['amount']:>13} {line['balance']:>16}")
    rows.append(f"{answer['to']}  {'closing balance':<58} {answer['closing']:>16}")
    return "\n".join(rows)


def _dso(answer: Answer) -> str:
    counted, simple = answer["count_back"], answer["simple"]
    short = "" if counted["is_whole"] else ", all billing there is"
    days = "none billed" if simple["days"] is None else f"{simple['days']} days"
    return "\n".join(
        [
            f"DSO as at {answer['as_at']}, receivable {answer['receivable']} {answer['currency']}",
            f"counted back  {counted['days']:>8} days ({counted['formula']}{short})",
            f"simple        {days:>13} ({simple['formula']})",
        ]
    )


def _gaps(answer: Answer) -> str:
    rows = [
        f"{one['due']}{'!' if one['is_overdue'] else ' '} {one['number'][:20]:<20}"
        f" {one['customer'][:12]:<12} {one['kind']:<16} {one['amount']:>14} {one['currency']}"
        f"  {one['owner']}"
        for one in answer["gaps"]
    ]
    if not answer["is_whole"]:
        rows.append("... and later ones")
    rows += [
        f"{one['kind']:<16} {counted(one['count'], 'gap'):>10} {one['amount']:>16}"
        f" {one['currency']}"
        for one in answer["totals"]
    ]
    return "\n".join(rows) or "no gap is open"


def _closed_rests(answer: Answer) -> str:
    home = answer["currency"]
    rows = [
        f"{one['on']}  {one['number'][:20]:<20} {one['customer'][:12]:<12} {one['reason']:<16}"
        f" {one['amount']:>12} {one['currency']}  tax {one['tax']:>9}  {_closer(one)}"
        + (", takes a closing back" if one["is_taking_back"] else "")
        + (", taken back" if one["is_undone"] else "")
        for one in answer["closed"]
    ]
    if not rows:
        return f"no rest was closed from {answer['from']} to {answer['to']}"
    rows.append("")
    for one in answer["sums"]:
        back = f", {one['taken_back']} taken back" if one["taken_back"] else ""
        rows.append(
            f"{one['reason']:<16} {one['amount']:>12} {one['currency']}  tax {one['tax']:>9}"
            f" {one['amount_home']:>12} {home}  {counted(one['count'], 'rest')}{back}"
            f" by {one['by']}: {one['who']}"
        )
    rows.append(
        f"{'total':<16} {answer['total']:>12} {home}  tax {answer['tax']:>9}"
        f"  from {answer['from']} to {answer['to']}"
    )
    return "\n".join(rows)


def _closer(one: Answer) -> str:
    """Who closed it, and who had asked him."""
    asked = f", asked by {one['asked_by']}" if one["asked_by"] else ""
    return f"by {one['by']}: {one['who']}{asked}"


REPLAY_SHOWN = 20


def replay_text(answer: Answer) -> str:
    """What switches of learning would change, the lines that would be wrong first."""
    before, after = answer["before"], answer["after"]
    rows = [
        f"{counted(answer['lines'], 'decided receipt')}: {before['right']} right before,"
        f" {after['right']} after; {answer['now_right']} now right,"
        f" {answer['now_wrong']} now wrong.",
        f"posted by rule: {before['posted']} before, {after['posted']} after;"
        f" wrong among them: {before['wrong_posts']} before, {after['wrong_posts']} after.",
    ]
    for one in answer["changed"][:REPLAY_SHOWN]:
        now = "right" if one["after"]["is_right"] else "wrong"
        was = "right" if one["before"]["is_right"] else "wrong"
        named = ", ".join(one["after"]["documents"]) or "nothing"
        rows.append(
            f"  {one['on']} {one['amount']:>12} {one['currency']} {one['payer'][:30]:<30}"
            f" {was} -> {now}: {named}"
        )
    if len(answer["changed"]) > REPLAY_SHOWN:
        rows.append(f"  and {len(answer['changed']) - REPLAY_SHOWN} more; --json lists them all")
    return "\n".join(rows)


_TABLES: Mapping[str, Callable[[Answer], str]] = {
    "trial-balance": _trial_balance,
    "ageing": _ageing,
    "statement": _statement,
    "dso": _dso,
    "gaps": _gaps,
    "closed-rests": _closed_rests,
}
