// One message as a bubble, with whatever can be tapped under it.

import { el, icon, onlyEmoji, rich, ticks } from "/page/dom.js";

const FILES = { image: "Photo", video: "Video", audio: "Voice message", document: "Document", sticker: "Sticker" };
const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** The row of a message. `chat` answers taps: tap, list, form, ask, quoteOf, find, react, reply. */
export function row(message, chat) {
  const mine = message.direction === "in";
  const bubble = el("div", { class: "bubble" },
    quote(message, chat), headline(message), media(message), place(message), cards(message), body(message),
    message.footer ? el("div", { class: "footer", dir: "auto" }, message.footer) : null,
    meta(message), opener(message, chat));
  const line = el("div", { class: `row${mine ? " mine" : ""}`, id: domId(message.id), "data-status": message.status },
    bubble, choices(message, chat), failure(message), acts(message, chat));
  if (message.reaction) {
    line.classList.add("reacted");
    bubble.append(el("span", { class: "badge", role: "img", "aria-label": `Reaction ${message.reaction}` }, message.reaction));
  }
  return line;
}

export const domId = (id) => `m-${id}`;

/** A message in a few words, for quotes. */
export function gist(message) {
  if (!message) return "…";
  return message.text || (message.media && FILES[message.media.type]) || (message.location && "Location")
    || (message.contacts && "Contact") || "…";
}

function quote(message, chat) {
  if (!message.context) return null;
  const quoted = chat.quoteOf(message.context);
  if (!quoted) return null;
  return el("button", { class: "quote", type: "button", "aria-label": `In answer to: ${gist(quoted)}`, onclick: () => chat.find(message.context) },
    el("span", { dir: "auto" }, ...rich(gist(quoted))));
}

function headline(message) {
  const header = message.header;
  if (!header) return null;
  if (header.type === "text") return el("div", { class: "headline", dir: "auto" }, header.text);
  return header.type === "location" ? pin(header) : file(header.type, header);
}

function media(message) {
  const data = message.media;
  if (!data) return null;
  if (message.direction !== "in" || !data.id) return file(data.type, data);
  const src = `/phone/media/${encodeURIComponent(data.id)}`;
  if (data.type === "image" || data.type === "sticker") return instead(el("img", { class: `picture ${data.type}`, src, alt: FILES[data.type], loading: "lazy" }), data);
  if (data.type === "audio") return instead(el("audio", { class: "voice", src, controls: true, preload: "metadata", "aria-label": FILES.audio }), data);
  return file(data.type, { ...data, link: src, filename: data.filename || FILES[data.type] });
}

/** What shows the file itself; its name, where the simulator has forgotten it or the browser cannot show it. */
function instead(shown, data) {
  shown.addEventListener("error", () => shown.replaceWith(file(data.type, data)));
  return shown;
}

function file(kind, data) {
  const name = data.filename || data.link?.split("/").pop() || FILES[kind];
  const label = data.link
    ? el("a", { class: "what", href: data.link, target: "_blank", rel: "noopener noreferrer" }, name)
    : el("div", { class: "what" }, name);
  return el("div", { class: "media" }, icon(kind), el("div", {}, label, name === FILES[kind] ? null : el("div", { class: "sub" }, FILES[kind])));
}

function place(message) {
  return message.location ? pin(message.location) : null;
}

function pin(data) {
  const map = el("div", { class: "map", role: "img", "aria-label": "Map" });
  map.append(icon("pin"));
  const words = [data.name, data.address].filter(Boolean).join(", ") || `${data.latitude}, ${data.longitude}`;
  return el("div", {}, map, el("div", { class: "what", dir: "auto" }, words));
}

function cards(message) {
  return (message.contacts ?? []).map((card) =>
    el("div", { class: "media" }, icon("person"), el("div", {}, el("div", { class: "what", dir: "auto" }, card.name), el("div", { class: "sub" }, card.phone ?? ""))));
}

function body(message) {
  if (message.kind === "form") return el("div", { class: "form-sent" }, icon("form"), "Form sent");
  if (!message.text) return null;
  const jumbo = message.kind === "text" && onlyEmoji(message.text) ? " jumbo" : "";
  const all = side(message.text) ?? "ltr";
  const lines = message.text.split("\n").map((line) => el("div", { dir: side(line) ?? all }, ...(line ? rich(line) : [el("br")])));
  return el("div", { class: `body${jumbo}`, dir: all }, lines);
}

/** Where a text begins, by its first letter outside of what is fenced off; undefined where there is none. */
export function side(text) {
  const letter = /\p{L}/u.exec(text.replace(/[\u2066-\u2068][^\u2069]*\u2069/g, ""));
  return letter ? (/[\u0590-\u08ff\ufb1d-\ufefc]/.test(letter[0]) ? "rtl" : "ltr") : undefined;
}

function meta(message) {
  const time = new Date(message.at * 1000);
  return el("div", { class: "meta" },
    message.template ? el("span", { class: "chip-template", title: `${message.template.name} (${message.template.language})` }, "template") : null,
    message.sms ? el("span", { class: "chip-template" }, "SMS") : null,
    el("time", { datetime: time.toISOString() }, time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    ticks(message.status));
}

function failure(message) {
  if (message.status !== "failed" || !message.error) return null;
  return el("div", { class: "why" }, `${message.error.code} · ${message.error.error_data?.details ?? message.error.title}`);
}

function opener(message, chat) {
  if (message.flow) return within(choice("form", message.button, () => chat.form(message), { "aria-haspopup": "dialog", disabled: message.flow.disabled }));
  if (message.kind === "list") return within(choice("list", message.button, () => chat.list(message), { "aria-haspopup": "dialog" }));
  if (message.asks === "location") return within(choice("pin", "Send location", () => chat.ask("location"), { "aria-haspopup": "dialog" }));
  if (message.asks === "contact") return within(choice("person", "Share my number", () => chat.ask("contact")));
  return null;
}

function within(child) {
  return el("div", { class: "within" }, child);
}

function choice(name, title, onclick, attributes = {}) {
  return el("button", { class: "choice", type: "button", onclick, ...attributes }, icon(name), el("span", { dir: "auto" }, title));
}

function choices(message, chat) {
  const buttons = message.kind === "list" || message.direction === "in" ? [] : (message.options ?? []).map((option) => {
    const chosen = chat.wasChosen(message.id, option.id);
    const button = choice(chosen ? "check" : "reply", option.title, () => chat.tap(message, option.id));
    button.classList.toggle("chosen", chosen);
    return button;
  });
  const numbered = (message.numbered ?? []).map((option) => choice("reply", `${option.id}. ${option.title}`, () => chat.say(option.id)));
  const links = (message.links ?? []).map((link) =>
    el("a", { class: "choice", href: link.url || "#", target: link.url.startsWith("tel:") || !link.url ? null : "_blank", rel: "noopener noreferrer" },
      icon(link.code ? "copy" : link.url.startsWith("tel:") ? "call" : "link"), el("span", { dir: "auto" }, link.title)));
  return [...buttons, ...numbered, ...links];
}

function acts(message, chat) {
  const open = el("button", { class: "icon act", type: "button", "aria-label": "React or reply", "aria-expanded": "false" });
  open.append(icon("smile"));
  open.addEventListener("click", () => {
    const shown = open.parentElement.querySelector(".emojis");
    if (shown) return close();
    const bar = el("div", { class: "emojis", role: "group", "aria-label": "React or reply" },
      EMOJIS.map((emoji) => el("button", { type: "button", onclick: () => { close(); chat.react(message, message.reaction === emoji ? "" : emoji); } }, emoji)),
      el("button", { type: "button", "aria-label": "Reply", onclick: () => { close(); chat.reply(message); } }, "↩"));
    const close = () => { bar.remove(); open.setAttribute("aria-expanded", "false"); };
    open.setAttribute("aria-expanded", "true");
    open.parentElement.append(bar);
    bar.addEventListener("keydown", (event) => event.key === "Escape" && (close(), open.focus()));
    setTimeout(() => document.addEventListener("click", close, { once: true }));
  });
  return open;
}
