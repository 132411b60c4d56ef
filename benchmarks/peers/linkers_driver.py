"""Runs in the linkers' own environment: bank lines linked with open items, one with one.

linkers_driver.py NAME CASE proposals.csv

Both see the same: amount and currency, runs of digits of the text against those of the document's
number, account and name. Pairs are looked at that have the amount or a number in common. Neither is
tuned: splink learns its weights from the case without truth, those of recordlinkage are set by
hand. The best pair of a line is posted from its limit on; an item is posted once.
"""

import csv
import json
import re
import resource
import sys
import time
import unicodedata
from pathlib import Path

import pandas as pd

DIGITS_MIN = 4
POST = {"splink": 0.98, "recordlinkage": 0.7}
SHOWN = 5


def main() -> None:
    name, folder, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    linker = {"splink": with_splink, "recordlinkage": with_recordlinkage}[name]
    started = time.perf_counter()
    lines, items = of_lines(folder), of_items(folder)
    pairs = linker(lines, items)
    write(output, lines, items, pairs, POST[name])
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": round(seconds, 3), "peak_mb": peak}))


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def minor(column: pd.Series) -> pd.Series:
    return (column.astype(float) * 100).round().astype("int64")


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", " ", folded.upper()).strip()


def tokens(text: str) -> list[str]:
    """Runs of digits as they stand; a number's last one is its own, before it stands the year."""
    runs = (run.lstrip("0") for run in re.findall(rf"\d{{{DIGITS_MIN},}}", text))
    return [run for run in dict.fromkeys(runs) if run]


def of_lines(folder: Path) -> pd.DataFrame:
    rows = read(folder / "lines.csv")
    text = rows["end_to_end_id"] + " " + rows["text"]
    return pd.DataFrame(
        {
            "unique_id": rows["id"],
            "amount": minor(rows["amount"]),
            "currency": rows["currency"],
            "name": rows["payer_name"].map(plain),
            "ibans": rows["payer_iban"].map(lambda one: [one] if one else []),
            "tokens": text.map(tokens),
        }
    )


def of_items(folder: Path) -> pd.DataFrame:
    rows, people = read(folder / "items.csv"), read(folder / "customers.csv").set_index("id")
    return pd.DataFrame(
        {
            "unique_id": rows["id"],
            "amount": minor(rows["open"]),
            "currency": rows["currency"],
            "name": rows["customer"].map(people["name"].map(plain)),
            "ibans": rows["customer"].map(people["ibans"].str.split(";")),
            "tokens": rows["number"].map(lambda one: tokens(one)[-1:]),
        }
    )


def with_splink(lines: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Fellegi and Sunter, the weights by expectation maximisation."""
    import splink.comparison_library as compare
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    near = "abs(amount_l - amount_r) <= 0.03 * amount_r"
    amount = compare.CustomComparison(
        output_column_name="amount",
        comparison_levels=[
            {"sql_condition": "amount_l IS NULL OR amount_r IS NULL", "is_null_level": True},
            {"sql_condition": "amount_l = amount_r AND currency_l = currency_r"},
            {"sql_condition": f"{near} AND currency_l = currency_r"},
            {"sql_condition": "ELSE"},
        ],
    )
    by_amount = block_on("amount", "currency")
    by_number = block_on("tokens", arrays_to_explode=["tokens"])
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            amount,
            compare.ArrayIntersectAtSizes("tokens", [1]),
            compare.ArrayIntersectAtSizes("ibans", [1]),
            compare.JaroWinklerAtThresholds("name", [0.92, 0.8]),
        ],
        blocking_rules_to_generate_predictions=[by_amount, by_number],
    )
    api = DuckDBAPI()
    tables = [
        api.register(table, dataset_display_name=name)
        for name, table in (("lines", lines), ("items", items))
    ]
    linker = Linker(tables, settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        ["l.amount = r.amount AND l.currency = r.currency AND list_has_any(l.tokens, r.tokens)"],
        recall=0.5,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (by_amount, block_on("name", "currency")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pandas_dataframe()
    is_turned = found["source_dataset_l"] == "items"
    left, right = found["unique_id_l"], found["unique_id_r"]
    return pd.DataFrame(
        {
            "line": left.where(~is_turned, right),
            "item": right.where(~is_turned, left),
            "score": found["match_probability"],
        }
    )


def with_recordlinkage(lines: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """The toolkit's comparisons, and a sum of weights set by hand."""
    import recordlinkage

    lines, items = lines.set_index("unique_id"), items.set_index("unique_id")
    index = recordlinkage.Index()
    index.block(["amount", "currency"])
    pairs = index.index(lines, items).union(shared(lines, items, "tokens"))
    compare = recordlinkage.Compare()
    compare.exact("amount", "amount", label="amount")
    compare.exact("currency", "currency", label="currency")
    compare.string("name", "name", method="jarowinkler", threshold=0.85, label="name")
    features = compare.compute(pairs, lines, items)
    for column, label in (("tokens", "number"), ("ibans", "account")):
        features[label] = features.index.isin(shared(lines, items, column)).astype(float)
    score = 0.3 * features["amount"] * features["currency"] + 0.4 * features["number"]
    score += 0.2 * features["account"] + 0.1 * features["name"]
    names = score.index.set_names(["line", "item"])
    return score.set_axis(names).rename("score").reset_index()


def shared(lines: pd.DataFrame, items: pd.DataFrame, column: str) -> pd.MultiIndex:
    """The pairs that have one of the values in common."""
    ours, theirs = (
        table[column].explode().dropna().rename_axis(side).reset_index()
        for table, side in ((lines, "line"), (items, "item"))
    )
    both = ours.merge(theirs, on=column)
    return pd.MultiIndex.from_frame(both[["line", "item"]].drop_duplicates())


def write(
    output: Path, lines: pd.DataFrame, items: pd.DataFrame, pairs: pd.DataFrame, limit: float
) -> None:
    amounts = dict(zip(lines["unique_id"], lines["amount"], strict=True))
    open_ = dict(zip(items["unique_id"], items["amount"], strict=True))
    pairs = pairs.sort_values(["score", "line", "item"], ascending=[False, True, True])
    ranked: dict[str, list[tuple[str, float]]] = {}
    for line, item, score in pairs.itertuples(index=False):
        ranked.setdefault(line, []).append((item, score))
    taken: set[str] = set()
    with output.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow("line,rank,probability,rivals,action,items,residue,reason".split(","))
        for line, found in ranked.items():  # the surest first
            rivals = sum(score == found[0][1] for _, score in found) - 1
            for rank, (item, score) in enumerate(found[:SHOWN], 1):
                is_posted = rank == 1 and score >= limit and not rivals and item not in taken
                if is_posted:
                    taken.add(item)
                credited = min(amounts[line], open_[item])
                left = amounts[line] - credited
                out.writerow(
                    (
                        *(line, rank, round(score, 6), rivals, "post" if is_posted else "suggest"),
                        *(f"{item}:{credited / 100:.2f}", f"{left / 100:.2f}", "reference"),
                    )
                )


if __name__ == "__main__":
    main()
