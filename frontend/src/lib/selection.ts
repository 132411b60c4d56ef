/**
 * Selecting rows: a bar with count, total per currency and the bulk actions.
 *
 * The form is `[data-selection]`; each row's box is
 * `<input data-select name="ids" data-amounts="1250:EUR:2 300:JPY:0">`. Sums are whole minor units, never floating point.
 * What all that match come to is either written on the form, or asked of `data-ask` when first wanted.
 */
import { all, closest, one, say, text } from "./dom.ts";

type Sums = Map<string, { minor: bigint; exponent: number }>;

let last: HTMLInputElement | null = null;

function boxes(form: HTMLElement): HTMLInputElement[] {
  return all<HTMLInputElement>("input[data-select]", form);
}

function sum(chosen: HTMLInputElement[]): Sums {
  const sums: Sums = new Map();
  for (const { dataset } of chosen) {
    for (const amount of (dataset["amounts"] ?? "").split(" ").filter(Boolean)) {
      const [minor = "0", currency = "", exponent = "2"] = amount.split(":");
      const sofar = sums.get(currency)?.minor ?? 0n;
      sums.set(currency, { minor: sofar + BigInt(minor), exponent: Number(exponent) });
    }
  }
  return sums;
}

/** `-123456, 2` as `-1234.56`: exact, for the browser's number format. */
export function decimal(minor: bigint, exponent: number): `${number}` {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  const cut = digits.length - exponent;
  const whole = exponent ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits;
  return `${minor < 0n ? "-" : ""}${whole}` as `${number}`;
}

function written(sums: Sums): string {
  const locale = document.documentElement.dataset["locale"] ?? document.documentElement.lang;
  return [...sums]
    .map(([currency, { minor, exponent }]) => {
      const format = new Intl.NumberFormat(locale, {
        minimumFractionDigits: exponent,
        maximumFractionDigits: exponent,
      });
      // The minus sign as the server writes it, not the hyphen of some locales.
      const amount = format.format(decimal(minor, exponent)).replace(/^-/, "\u2212");
      return `${amount} ${currency}`;
    })
    .join(" + ");
}

function everything(form: HTMLElement): HTMLInputElement | null {
  return one<HTMLInputElement>("input[data-select-matching]", form);
}

/** How many match in all and what they sum to: a long count, so only when a whole page is ticked. */
async function ask(form: HTMLElement, whole: HTMLInputElement, offer: HTMLElement): Promise<void> {
  const url = whole.dataset["ask"];
  if (!url) return;
  delete whole.dataset["ask"];
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) {
    whole.dataset["ask"] = url;
    return;
  }
  const told = (await answer.json()) as { count: string; total: string; label: string };
  whole.dataset["count"] = told.count;
  whole.dataset["total"] = told.total;
  offer.textContent = told.label;
  refresh(form, false);
}

function refresh(form: HTMLElement, aloud: boolean): void {
  const bar = one("[data-selection-bar]", form);
  if (!bar) return;
  const list = boxes(form);
  const chosen = list.filter((box) => box.checked);
  const whole = everything(form);
  const isWhole = whole?.value === "1";
  const count = isWhole ? (whole?.dataset["count"] ?? "") : String(chosen.length);
  const total = isWhole ? (whole?.dataset["total"] ?? "") : written(sum(chosen));
  const put = (selector: string, value: string): void => {
    const place = one(selector, bar);
    if (place) place.textContent = value;
  };
  put("[data-selection-count]", text("selected", { count }));
  put("[data-selection-total]", total);
  bar.hidden = chosen.length === 0;
  const head = one<HTMLInputElement>("input[data-select-all]", form);
  if (head) {
    head.checked = chosen.length > 0 && chosen.length === list.length;
    head.indeterminate = chosen.length > 0 && chosen.length < list.length;
  }
  const offer = one("[data-select-all-matching]", bar);
  const isDue = !isWhole && list.length > 0 && chosen.length === list.length;
  if (offer) offer.hidden = !isDue || !whole?.dataset["count"];
  if (whole && offer && isDue) void ask(form, whole, offer);
  if (aloud) say(`${text("selected", { count })}. ${total}`);
}

function choose(box: HTMLInputElement, form: HTMLElement, range: boolean): void {
  const list = boxes(form);
  const [from, to] = [last ? list.indexOf(last) : -1, list.indexOf(box)];
  if (range && from >= 0) {
    for (const other of list.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      other.checked = box.checked;
    }
  }
  last = box;
}

function dropWhole(form: HTMLElement): void {
  const whole = everything(form);
  if (whole) whole.value = "";
}

export function clearSelection(): boolean {
  let any = false;
  for (const form of all("[data-selection]")) {
    for (const box of boxes(form)) {
      any ||= box.checked;
      box.checked = false;
    }
    dropWhole(form);
    refresh(form, any);
  }
  return any;
}

export function refreshSelections(): void {
  for (const form of all("[data-selection]")) refresh(form, false);
}

function onClick(event: MouseEvent): void {
  const form = closest(event.target, "[data-selection]");
  if (!form) return;
  const box = closest<HTMLInputElement>(event.target, "input[data-select]");
  const head = closest<HTMLInputElement>(event.target, "input[data-select-all]");
  const offer = closest(event.target, "[data-select-all-matching]");
  if (closest(event.target, "[data-select-none]")) clearSelection();
  if (box) choose(box, form, event.shiftKey);
  if (head) for (const other of boxes(form)) other.checked = head.checked;
  if (box || head) dropWhole(form);
  const whole = everything(form);
  if (offer && whole) whole.value = "1";
  if (box || head || offer) refresh(form, true);
}

export function startSelection(): void {
  document.addEventListener("click", onClick);
  // The browser gives boxes back their ticks when the reader returns to the page.
  window.addEventListener("pageshow", refreshSelections);
  refreshSelections();
}
