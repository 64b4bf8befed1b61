// What slides up inside a phone: the rows of a list, and places to send.

import { el, icon } from "/page/dom.js";

/** A modal sheet in `frame`; gives back how to close it. Escape and the dark ground close it, too. */
function sheet(frame, title, ...parts) {
  const before = document.activeElement;
  const close = () => { cover.remove(); before?.focus?.(); };
  const shut = el("button", { class: "icon", type: "button", "aria-label": "Close", onclick: () => close() });
  shut.append(icon("close"));
  const box = el("div", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title },
    el("header", {}, el("h3", { dir: "auto" }, title), shut), ...parts);
  const cover = el("div", { class: "cover", onclick: (event) => event.target === cover && close() }, box);
  cover.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab") trap(box, event);
  });
  frame.append(cover);
  return { close, box };
}

/** Tab stays within the box. */
export function trap(box, event) {
  const stops = [...box.querySelectorAll("button:not(:disabled), input:not(:disabled), select, textarea, a[href]")].filter((stop) => stop.tabIndex >= 0);
  const [first, last] = [stops[0], stops.at(-1)];
  if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
  else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
}

/** The rows of a list message, to choose one and send it. */
export function openList(frame, message, choose) {
  let chosen = null;
  const send = el("button", { class: "strong", type: "button", disabled: true, onclick: () => { opened.close(); choose(chosen); } }, "Send");
  const radios = message.options.map((option) => radio(option, pick));
  const rows = el("div", { class: "rows", role: "radiogroup", "aria-label": message.button });
  message.options.forEach((option, index) => {
    const fresh = option.section && option.section !== message.options[index - 1]?.section;
    if (fresh) rows.append(el("div", { class: "section", dir: "auto" }, option.section));
    rows.append(radios[index]);
  });
  rows.addEventListener("keydown", (event) => walk(event, radios));
  const opened = sheet(frame, message.button, rows, el("footer", {}, send));
  radios[0].tabIndex = 0;
  radios[0].focus({ preventScroll: true });

  function pick(option, button) {
    chosen = option.id;
    for (const other of radios) { other.setAttribute("aria-checked", other === button); other.tabIndex = other === button ? 0 : -1; }
    send.disabled = false;
  }
}

function radio(option, pick) {
  const button = el("button", { class: "option", type: "button", role: "radio", "aria-checked": "false", tabindex: "-1" },
    el("span", { class: "label" }, el("span", { dir: "auto" }, option.title), option.description ? el("small", { dir: "auto" }, option.description) : null),
    el("span", { class: "dot", "aria-hidden": "true" }));
  button.addEventListener("click", () => pick(option, button));
  return button;
}

function walk(event, radios) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = radios[(radios.indexOf(document.activeElement) + step + radios.length) % radios.length];
  next.focus();
  next.click();
}

const PLACES = [
  ["Andheri West, Mumbai", 19.1364, 72.8296],
  ["Connaught Place, Delhi", 28.6315, 77.2167],
  ["Malasaña, Madrid", 40.4262, -3.7041],
  ["العليا، الرياض", 24.6949, 46.6847],
  ["Pinheiros, São Paulo", -23.5617, -46.6823],
];

/** Places to send as a pin, or any point. */
export function openPlaces(frame, send) {
  const go = (place) => { opened.close(); send(place); };
  const known = PLACES.map(([name, latitude, longitude]) =>
    el("button", { class: "option", type: "button", onclick: () => go({ name, latitude, longitude }) },
      el("span", { class: "label" }, el("span", { dir: "auto" }, name), el("small", {}, `${latitude}, ${longitude}`))));
  const point = el("input", { "aria-label": "Latitude, longitude", placeholder: "19.07, 72.87", inputmode: "decimal" });
  const other = el("form", { class: "form", onsubmit: (event) => {
    event.preventDefault();
    const [latitude, longitude] = point.value.split(",").map(Number);
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) go({ latitude, longitude });
    else point.setCustomValidity("Two numbers: latitude, longitude"), point.reportValidity();
  } }, el("label", {}, "Another point", point), el("div", { class: "ends" }, el("button", { class: "strong", type: "submit" }, "Send this point")));
  point.addEventListener("input", () => point.setCustomValidity(""));
  const opened = sheet(frame, "Send location", el("div", { class: "rows" }, known), other, el("footer", { hidden: true }));
  known[0].focus({ preventScroll: true });
}
