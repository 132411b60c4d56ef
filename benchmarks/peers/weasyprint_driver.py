"""Runs in WeasyPrint's own environment: the same papers as ours, as PDF/A-3b with the same XML.

It is given the texts and pictures that our own template gets, so making them is not in its time,
and it prints no sums carried over pages. The type is DejaVu Sans, a TrueType font.
"""

from __future__ import annotations

import json
import sys
import time
from html import escape
from pathlib import Path
from typing import Any

_STYLE = """
@page { size: A4; margin: 20mm 18mm 31mm 20mm;
  @bottom-left { content: element(foot); width: 85% } @bottom-right { font-size: 7.5pt;
  content: "Page " counter(page) " sur " counter(pages) } }
body { font: 9.5pt "DejaVu Sans"; color: #1b1f24 } table { border-collapse: collapse }
.foot { position: running(foot); font-size: 7.5pt; color: #5b6470; border-top: .5pt solid #d8dde3 }
.foot td { padding-right: 6mm; vertical-align: top }
h1 { font-size: 20pt; margin: 0 } h1 small { display: block; font-size: 11pt; color: #1f4e79 }
.head, .lines, .sums { width: 100% } .head td, .sums > tbody > tr > td { vertical-align: top }
.sender { font-size: 7pt; color: #5b6470 } .key { color: #5b6470; padding-right: 6mm }
.lines th { font-size: 7.5pt; text-transform: uppercase; border-bottom: 1pt solid #1f4e79 }
.lines td { border-bottom: .4pt solid #d8dde3; padding: 4.2pt 0; vertical-align: top }
.lines tr { break-inside: avoid } .lines td:nth-child(n+3), .lines th:nth-child(n+3), .figure
{ text-align: right; padding-left: 4mm } small { color: #5b6470 }
.due { background: #1f4e79; color: #fff; padding: 2.8mm 3.5mm } .pay { background: #edf1f5;
padding: 4mm; break-inside: avoid; margin: 4mm 0 }
"""


def main() -> None:
    papers = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    wall, cpu = [], []
    for number, paper in enumerate([papers[0], *papers]):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        assert len(_pdf(paper)) > 1_000
        if number:  # the first is for warming up
            cpu.append(round(time.process_time() - begun_cpu, 6))
            wall.append(round(time.perf_counter() - begun, 6))
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": round(peak)}))


def _pdf(paper: dict[str, Any]) -> bytes:
    import weasyprint

    xml = weasyprint.Attachment(
        string=paper["xml"], name="factur-x.xml", relationship="Alternative"
    )
    written: bytes = weasyprint.HTML(string=_page(paper["data"])).write_pdf(
        pdf_variant="pdf/a-3b", attachments=[xml]
    )
    return written


def _page(data: dict[str, Any]) -> str:
    lines = "".join(
        f"<tr>{_cells(line['position'])}<td><b>{escape(line['name'])}</b>{_small(line['details'])}"
        f"</td>{_cells(line['quantity'], line['price'], line['rate'], line['net'])}</tr>"
        for line in data["lines"]
    )
    columns = "".join(f"<th>{escape(name)}</th>" for name in data["columns"])
    breakdown = "".join(
        f"<tr>{_cells(row['rate'])}{_cells(row['taxable'], row['tax'], kind='figure')}</tr>"
        for row in data["breakdown"]
    )
    payment, labels = data["payment"], data["labels"]
    foot = "".join(f"<td>{_joined(column)}</td>" for column in data["footer"])
    due, figure = map(escape, data["due"])
    return (
        f"<html lang={data['language']}><head><title>{escape(data['title'])} {data['number']}"
        f"</title><style>{_STYLE}</style></head><body>"
        f"<div class=foot><table><tr>{foot}</tr></table></div>"
        f"<table class=head><tr><td><h1>{escape(data['seller']['name'])}</h1></td><td class=figure>"
        f"<h1>{escape(data['title'])}<small>{data['number']}</small></h1></td></tr>"
        f"<tr><td><p class=sender>{escape(data['seller']['sender'])}</p>"
        f"{_joined(data['recipient'])}</td><td class=figure>{_pairs(data['meta'])}"
        f"{_picture(data['barcode']['svg'], data['barcode']['width'], 7.5)}</td></tr></table>"
        f"<table class=lines><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table>"
        f"<table class=sums><tr><td><table><tr><th>{escape(labels['breakdown'])}</th>"
        f"{_cells(labels['taxable'], labels['tax'], kind='figure')}</tr>{breakdown}</table></td>"
        f"<td>{_pairs(data['totals'])}<div class=due><b>{due} {figure}</b></div></td></tr></table>"
        f"<table class=pay><tr><td><b>{escape(payment['sentence'])}</b>{_pairs(payment['facts'])}"
        f"</td><td>{_picture(payment['qr'], 23, 23)}<br><small>{escape(labels['scan'])}</small>"
        f"</td></tr></table><p><small>{_joined(data['small'])}</small></p></body></html>"
    )


def _cells(*texts: str, kind: str = "") -> str:
    return "".join(f"<td class='{kind}'>{escape(text)}</td>" for text in texts)


def _pairs(rows: list[list[str]]) -> str:
    found = "".join(
        f"<tr>{_cells(key, kind='key')}{_cells(value, kind='figure')}</tr>" for key, value in rows
    )
    return f"<table>{found}</table>"


def _joined(lines: list[str]) -> str:
    return "<br>".join(map(escape, lines))


def _small(lines: list[str]) -> str:
    return f"<br><small>{_joined(lines)}</small>" if lines else ""


def _picture(svg: str, width: float, height: float) -> str:
    return svg.replace("<svg", f'<svg style="width: {width}mm; height: {height}mm"', 1)


if __name__ == "__main__":
    main()
