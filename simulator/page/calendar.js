// A month to choose a day from, as the CalendarPicker of a form shows it.

import { el } from "/page/dom.js";

const SHORT = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const iso = (date) => date.toISOString().slice(0, 10);
const utc = (text) => new Date(`${text}T00:00:00Z`);

/** The grid of a month, with ways to the next and the one before; `choose` is told the day. */
export function calendar(part, language, choose) {
  const first = part["min-date"] ?? "1900-01-01";
  const last = part["max-date"] ?? "2100-12-31";
  let chosen = part.value || "";
  let month = utc(`${(chosen || (first > "1900-01-01" ? first : iso(new Date()))).slice(0, 7)}-01`);
  const box = el("div", { class: "calendar" });
  const free = (day) => day >= first && day <= last && !(part["unavailable-dates"] ?? []).includes(day)
    && (!part["include-days"] || part["include-days"].includes(SHORT[utc(day).getUTCDay()]));
  const step = (by) => { month = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + by, 1)); paint(); };

  function paint() {
    const name = month.toLocaleDateString(language, { month: "long", year: "numeric", timeZone: "UTC" });
    const before = el("button", { class: "icon", type: "button", "aria-label": "Month before", disabled: iso(month) <= first, onclick: () => step(-1) }, "‹");
    const next = el("button", { class: "icon", type: "button", "aria-label": "Next month", disabled: iso(new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1))) > last, onclick: () => step(1) }, "›");
    box.replaceChildren(el("div", { class: "calendar-head" }, before, el("span", { "aria-live": "polite" }, name), next),
      el("div", { class: "calendar-grid", role: "group", "aria-label": name }, weekdays(language), days(month, free, chosen, language, pick)));
  }

  function pick(day) {
    chosen = day;
    paint();
    box.querySelector('[aria-pressed="true"]')?.focus({ preventScroll: true });
    choose(day);
  }

  paint();
  return box;
}

function weekdays(language) {
  const sunday = utc("2026-02-01");
  return SHORT.map((_, index) => el("span", { class: "calendar-name", "aria-hidden": "true" },
    new Date(sunday.getTime() + index * 86_400_000).toLocaleDateString(language, { weekday: "narrow", timeZone: "UTC" })));
}

function days(month, free, chosen, language, pick) {
  const blank = Array.from({ length: month.getUTCDay() }, () => el("span"));
  const count = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate();
  return [...blank, ...Array.from({ length: count }, (_, index) => {
    const date = new Date(month.getTime() + index * 86_400_000);
    const day = iso(date);
    return el("button", { class: "calendar-day", type: "button", disabled: !free(day), "aria-pressed": String(day === chosen), "data-day": day,
      "aria-label": date.toLocaleDateString(language, { dateStyle: "full", timeZone: "UTC" }), onclick: () => pick(day) }, (index + 1).toLocaleString(language));
  })];
}
