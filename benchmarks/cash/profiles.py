"""Named profiles: weights of the scenarios and strength of the noise. All of them are guesses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

WEIGHTS: dict[str, float] = {
    "single": 28,
    "structured": 3,
    "typo": 5,
    "truncated": 6,
    "no_reference": 9,
    "order_number": 4,
    "lump": 10,
    "span": 3,
    "some_references": 3,
    "lump_bare": 5,
    "advice": 2,
    "short_pay": 4,
    "discount": 5,
    "withheld": 1,
    "bank_fee": 2,
    "fx": 2,
    "parent": 2,
    "instalment": 2,
    "split": 1,
    "overpayment": 1,
    "duplicate": 1.5,
    "prepayment": 1.5,
    "unrelated": 2,
    "netting": 1,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares are between 0 and 1."""

    name: str
    weights: dict[str, float]
    account_missing: float = 0.15  # lines without the payer's account
    new_account: float = 0.04
    odd_payer: float = 0.03  # a payment service, a factor, a private person
    noise: float = 0.25  # dates, telephones, numbers of other sellers in the text
    line_break: float = 0.03
    on_file: float = 0.80  # accounts that the seller knows
    recurring: float = 0.15  # customers with always the same amounts
    round_amounts: float = 0.15
    price_list: float = 0.30
    families: float = 0.06
    credits: float = 0.04
    foreign: float = 0.06
    advice_cut: int = 140  # characters of text a bank passes on


def _only(**weights: float) -> dict[str, float]:
    return {name: weights.get(name, 0.0) for name in WEIGHTS}


def _scaled(**factors: float) -> dict[str, float]:
    return {name: weight * factors.get(name, 1.0) for name, weight in WEIGHTS.items()}


PROFILES: dict[str, Profile] = {
    "clean": Profile(
        "clean",
        _only(single=85, lump=15),
        account_missing=0.05,
        new_account=0.0,
        odd_payer=0.0,
        noise=0.05,
        line_break=0.0,
        recurring=0.05,
    ),
    "default": Profile("default", dict(WEIGHTS)),
    "harsh": Profile(
        "harsh",
        _scaled(
            typo=1.8, truncated=1.5, no_reference=1.7, lump_bare=2, some_references=2, duplicate=2
        ),
        account_missing=0.35,
        new_account=0.10,
        odd_payer=0.08,
        noise=0.5,
        line_break=0.10,
        on_file=0.6,
        recurring=0.25,
        advice_cut=70,
    ),
}


def profile(name: str) -> Profile:
    """A named profile; ``hidden:TEXT`` draws one from the text that nobody has tuned on;
    ``bare:NN`` is the default with NN percent of lines without any reference."""
    if name.startswith("hidden:"):
        return _hidden(name)
    if name.startswith("bare:"):
        return _bare(name)
    if name not in PROFILES:
        known = ", ".join([*PROFILES, "hidden:TEXT", "bare:NN"])
        raise SystemExit(f"unknown profile {name!r}: use one of {known}")
    return PROFILES[name]


def _hidden(name: str) -> Profile:
    draw = Random(name)
    weights = {key: weight * draw.uniform(0.4, 2.2) for key, weight in WEIGHTS.items()}
    return Profile(
        name,
        weights,
        account_missing=draw.uniform(0.05, 0.4),
        new_account=draw.uniform(0.0, 0.1),
        odd_payer=draw.uniform(0.0, 0.08),
        noise=draw.uniform(0.1, 0.6),
        line_break=draw.uniform(0.0, 0.1),
        on_file=draw.uniform(0.5, 0.95),
        recurring=draw.uniform(0.05, 0.3),
        round_amounts=draw.uniform(0.05, 0.3),
        price_list=draw.uniform(0.1, 0.6),
        families=draw.uniform(0.02, 0.1),
        credits=draw.uniform(0.02, 0.08),
        advice_cut=draw.choice((54, 70, 140, 140, 210)),
    )


def _bare(name: str) -> Profile:
    share = int(name.removeprefix("bare:"))
    bare = {"no_reference": 9.0, "lump_bare": 5.0}
    rest = sum(weight for key, weight in WEIGHTS.items() if key not in bare)
    scale = share / (100 - share) * rest / sum(bare.values()) if share < 100 else 1.0
    weights = {key: weight * scale if key in bare else weight for key, weight in WEIGHTS.items()}
    return replace(PROFILES["default"], name=name, weights=weights)
