// One patient's phone: the chat with one business number.

import { get, patch, post, put } from "/page/api.js";
import { domId, gist, row } from "/page/bubble.js";
import { el, icon, initials, rich } from "/page/dom.js";
import { openForm } from "/page/form.js";
import { openList, openPlaces } from "/page/sheet.js";

const GREETINGS = { en: ["Hi", "I need an appointment"], hi: ["नमस्ते", "मुझे अपॉइंटमेंट चाहिए"], es: ["Hola", "Quiero una cita"], ar: ["مرحبا", "أريد موعدًا"], pt: ["Oi", "Quero marcar uma consulta"], fr: ["Bonjour", "Je voudrais un rendez-vous"] };
const FLAGS = [["online", false, "offline"], ["reachable", false, "unreachable"], ["reads", false, "no receipts"], ["numberless", true, "no number"]];

/** A number as people write it: country code, then groups. */
function spaced(digits) {
  const [, country, rest] = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/.exec(digits) ?? [null, digits, ""];
  const group = country === "91" ? /\d{1,5}/g : /\d{1,3}(?!\d$)|\d{4}$/g;
  return `+${country} ${(rest.match(group) ?? []).join(" ")}`.trim();
}

export class Phone {
  /** `person` and `number` as /phone/people tells them; `close` removes the column. */
  constructor(person, number, clock, close) {
    Object.assign(this, { person, number, clock, close, messages: new Map(), replyTo: null, day: "" });
    this.key = `${person.user}/${number.id}`;
    this.build();
  }

  get about() { return this.number.sms ? "Text messages (SMS)" : "Business account"; }

  get path() { return `/phone/${encodeURIComponent(this.person.user)}`; }

  build() {
    this.under = el("div", { class: "under" }, this.about);
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": `${this.person.name}'s chat with ${this.number.name}` });
    this.strip = el("div", { class: "strip" });
    this.frame = el("div", { class: "frame" }, this.head(), this.log, this.strip, this.composer());
    this.flags = el("div", { class: "flags" });
    this.owner = el("div", { class: "owner" },
      el("div", { class: "who" }, el("div", { class: "name" }, el("bdi", {}, this.person.name)), el("div", { class: "number" }, this.handle())),
      this.flags, this.menuButton());
    this.column = el("section", { class: "column", "aria-label": `${this.person.name}'s phone`, "data-user": this.person.user }, this.owner, this.frame);
    this.showFlags();
  }

  handle() {
    return this.person.username ? `@${this.person.username}` : spaced(this.person.wa_id);
  }

  head() {
    const title = el("div", { class: "title" }, this.number.name);
    title.append(icon("shield"));
    return el("div", { class: "head" }, el("div", { class: "face", "aria-hidden": "true" }, initials(this.number.name)), el("div", {}, title, this.under));
  }

  // reading

  async load() {
    this.late = [];
    const { messages } = await get(`${this.path}/messages?number=${encodeURIComponent(this.number.id)}`);
    const late = this.late;
    this.late = null;
    this.show(messages);
    for (const message of late) this.update(message);
  }

  show(messages) {
    this.messages = new Map(messages.map((message) => [message.id, message]));
    this.day = "";
    this.log.replaceChildren();
    for (const message of messages) this.append(message, false);
    if (!messages.length) this.invite();
    this.toEnd();
  }

  invite() {
    const chips = (GREETINGS[this.person.language] ?? GREETINGS.en).map((words) =>
      el("button", { class: "chip", type: "button", dir: "auto", onclick: () => this.say(words) }, words));
    this.log.append(el("div", { class: "empty" }, `Write to ${this.number.name}`, el("div", { class: "chips" }, chips)));
  }

  receive(message) {
    if (this.messages.has(message.id)) return this.update(message);
    this.late?.push(message);
    this.messages.set(message.id, message);
    this.log.querySelector(".empty")?.remove();
    if (message.direction === "out") this.stopTyping();
    const near = this.nearEnd();
    this.append(message, true);
    if (near || message.direction === "in") this.toEnd();
    if (message.kind === "tap") this.redraw(message.context);
    return null;
  }

  update(message) {
    if (!this.messages.has(message.id)) return this.receive(message);
    this.late?.push(message);
    this.messages.set(message.id, message);
    const near = this.nearEnd();
    this.redraw(message.id);
    if (near) this.toEnd();
    return null;
  }

  nearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 160;
  }

  append(message, fresh) {
    if (message.kind === "reaction") return;
    const day = this.clock.day(message.at);
    if (day !== this.day) {
      this.log.append(el("div", { class: "day", role: "separator" }, day));
      this.day = day;
    }
    const before = this.log.lastElementChild;
    const line = row(message, this);
    line.classList.toggle("first", !before?.classList.contains("row") || before.classList.contains("mine") !== line.classList.contains("mine"));
    line.classList.toggle("fresh", fresh);
    this.log.append(line);
  }

  redraw(id) {
    const old = id && this.log.querySelector(`[id="${CSS.escape(domId(id))}"]`);
    if (!old) return;
    const line = row(this.messages.get(id), this);
    line.classList.toggle("first", old.classList.contains("first"));
    const held = old.contains(document.activeElement);
    old.replaceWith(line);
    if (held) line.querySelector("button, a")?.focus();
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  typing() {
    this.stopTyping();
    this.under.textContent = "typing…";
    this.dots = el("div", { class: "row first" }, el("div", { class: "bubble typing", role: "status", "aria-label": "typing" }, el("i"), el("i"), el("i")));
    this.log.append(this.dots);
    this.toEnd();
    this.typingTimer = setTimeout(() => this.stopTyping(), 25_000);
  }

  stopTyping() {
    clearTimeout(this.typingTimer);
    this.dots?.remove();
    this.under.textContent = this.about;
  }

  // what a bubble may ask of its chat

  quoteOf(id) { return this.messages.get(id); }

  wasChosen(id, option) {
    return [...this.messages.values()].some((message) => message.kind === "tap" && message.context === id && message.option === option);
  }

  find(id) {
    const line = this.log.querySelector(`[id="${CSS.escape(domId(id))}"]`);
    line?.scrollIntoView({ block: "center", behavior: "smooth" });
    line?.classList.add("found");
    setTimeout(() => line?.classList.remove("found"), 1300);
  }

  // acting

  act(action, body) {
    return post(`${this.path}/${action}`, { number: this.number.id, ...body }).catch((problem) => this.column.dispatchEvent(new CustomEvent("problem", { bubbles: true, detail: problem.message })));
  }

  say(text) {
    const body = { text, ...(this.replyTo ? { reply_to: this.replyTo } : {}) };
    this.reply(null);
    return this.act("text", body);
  }

  tap(message, id) { return this.act("tap", { id, message: message.id }); }

  list(message) { openList(this.frame, message, (id) => this.tap(message, id)); }

  form(message) { return openForm(this, message); }

  ask(what) {
    if (what === "contact") return this.act("contacts", {});
    return openPlaces(this.frame, (place) => this.act("location", place));
  }

  react(message, emoji) { return this.act("reaction", { message: message.id, emoji }); }

  reply(message) {
    this.replyTo = message?.id ?? null;
    if (!message) return this.strip.replaceChildren();
    const drop = el("button", { class: "icon", type: "button", "aria-label": "Do not reply", onclick: () => this.reply(null) });
    drop.append(icon("close"));
    this.strip.replaceChildren(el("div", { class: "answering" }, el("div", { class: "quote" }, el("span", { dir: "auto" }, ...rich(gist(message)))), drop));
    this.input.focus();
    return null;
  }

  composer() {
    this.input = el("textarea", { rows: "1", dir: "auto", placeholder: "Message", "aria-label": `Message from ${this.person.name}` });
    const grow = () => { this.input.style.height = "36px"; this.input.style.height = `${Math.min(this.input.scrollHeight, 110)}px`; };
    const submit = (event) => {
      event.preventDefault();
      const words = this.input.value.trim();
      this.input.value = "";
      grow();
      if (words) this.say(words);
    };
    this.input.addEventListener("input", grow);
    this.input.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event));
    const attach = el("button", { class: "icon", type: "button", "aria-label": "Attach", "aria-haspopup": "menu" });
    attach.append(icon("plus"));
    attach.addEventListener("click", (event) => { event.stopPropagation(); this.attachMenu(attach); });
    const send = el("button", { class: "send", type: "submit", "aria-label": "Send" });
    send.append(icon("send"));
    return el("form", { class: "write", onsubmit: submit }, el("div", { class: "field" }, attach, this.input), send);
  }

  attachMenu(button) {
    menu(this.frame, button, "attach", [
      ["pin", "Location", () => this.ask("location")],
      ["image", "Photo", () => this.act("media", { type: "image" })],
      ["audio", "Voice message", () => this.act("media", { type: "audio" })],
      ["document", "Document", () => this.act("media", { type: "document" })],
      ["plus", "A file of yours…", () => this.chooseFile()],
      ["person", "My contact", () => this.act("contacts", {})],
      ["list", "Poll (not supported)", () => this.act("unsupported", { what: "poll" })],
    ]);
  }

  /** From this computer: sent as what it is, as a phone would. */
  chooseFile() {
    const input = el("input", { type: "file", "aria-label": "A file to send" });
    input.addEventListener("change", () => [...input.files].forEach((file) => this.sendFile(file)));
    input.click();
  }

  sendFile(file) {
    const kind = ["image", "audio", "video"].find((name) => file.type.startsWith(`${name}/`)) ?? "document";
    const query = new URLSearchParams({ type: kind, filename: file.name, number: this.number.id });
    return put(`${this.path}/file?${query}`, file).catch((problem) => this.column.dispatchEvent(new CustomEvent("problem", { bubbles: true, detail: problem.message })));
  }

  // the owner's settings

  menuButton() {
    const button = el("button", { class: "icon", type: "button", "aria-label": `Settings of ${this.person.name}'s phone`, "aria-haspopup": "menu" });
    button.append(icon("more"));
    button.addEventListener("click", (event) => { event.stopPropagation(); this.ownerMenu(button); });
    return button;
  }

  ownerMenu(button) {
    const turn = (name) => () => patch(`/control/people/${encodeURIComponent(this.person.user)}`, { [name]: !this.person[name] });
    const state = (on) => (on ? "on" : "off");
    menu(this.owner, button, "owner-menu", [
      ["plane", "Flight mode", turn("online"), state(!this.person.online)],
      ["check", "Read receipts", turn("reads"), state(this.person.reads)],
      ["hidden", "Hide the number", turn("numberless"), state(this.person.numberless)],
      ["form", "Forms without token", turn("drops_flow_token"), state(this.person.drops_flow_token)],
      ["off", "Cannot be reached", turn("reachable"), state(!this.person.reachable)],
      ["close", "Put this phone away", () => this.close(this)],
    ]);
  }

  change(settings) {
    Object.assign(this.person, settings);
    this.showFlags();
  }

  showFlags() {
    this.flags.replaceChildren(...FLAGS.filter(([name, when]) => this.person[name] === when).map(([, , label]) => el("span", { class: "flag" }, label)));
  }
}

/** A small menu beside a button; a click elsewhere or Escape closes it. */
function menu(parent, button, kind, items) {
  const open = parent.querySelector(".menu");
  if (open) return open.remove();
  const close = () => { box.remove(); document.removeEventListener("click", close); };
  const entries = items.map(([name, label, act, state]) =>
    el("button", { type: "button", role: "menuitem", onclick: () => { close(); button.focus(); act(); } }, icon(name), label, state ? el("span", { class: "state" }, state) : null));
  const box = el("div", { class: `menu ${kind}`, role: "menu" }, entries);
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus(); }
    if (event.key === "Escape") { close(); button.focus(); }
  });
  parent.append(box);
  entries[0].focus();
  setTimeout(() => document.addEventListener("click", close));
  return box;
}
