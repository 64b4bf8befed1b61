// A form (a WhatsApp Flow) that slides up inside a phone. The simulator decides what is shown; here it is drawn.

import { post } from "/page/api.js";
import { side } from "/page/bubble.js";
import { el, icon } from "/page/dom.js";
import { draw, isText } from "/page/form_parts.js";
import { trap } from "/page/sheet.js";

const PAUSE = 300; // milliseconds after a key before what was typed is put in

/** Open the form of a message in the frame of a phone. */
export async function openForm(phone, message) {
  const form = new Form(phone, message);
  await form.begin();
  return form;
}

class Form {
  constructor(phone, message) {
    Object.assign(this, { phone, message, drawn: new Map(), pending: new Map(), queue: Promise.resolve(), view: null });
    this.back = button("back", "Back", () => this.send("back"));
    this.title = el("h3", { dir: "auto" });
    this.body = el("div", { class: "form-body", tabindex: "-1" });
    this.foot = el("div", { class: "form-foot" });
    this.notice = el("div", { class: "form-notice", role: "alert", hidden: true, dir: "auto" });
    this.bar = el("div", { class: "form-busy", hidden: true, role: "progressbar", "aria-label": "Loading" });
    const shut = button("close", "Close", () => this.leave());
    this.box = el("div", { class: "sheet form-sheet", role: "dialog", "aria-modal": "true", "aria-label": message.button, lang: phone.person.language },
      el("header", {}, this.back, this.title, shut), this.bar, this.body, this.notice, this.foot);
    this.cover = el("div", { class: "cover" }, this.box);
    this.cover.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.leave();
      if (event.key === "Tab") trap(this.box, event);
    });
  }

  async begin() {
    this.before = document.activeElement;
    this.phone.frame.append(this.cover);
    this.body.focus({ preventScroll: true });
    await this.ask(() => post(`${this.phone.path}/form`, { message: this.message.id, number: this.phone.number.id }));
  }

  /** One request after the other, each drawn; a thin bar runs meanwhile. */
  ask(request) {
    const waiting = setTimeout(() => { this.bar.hidden = false; this.box.setAttribute("aria-busy", "true"); }, 180);
    this.queue = this.queue.then(request).then((view) => this.show(view)).catch((problem) => this.end(problem.message)).finally(() => {
      clearTimeout(waiting);
      this.bar.hidden = true;
      this.box.removeAttribute("aria-busy");
    });
    return this.queue;
  }

  send(action, body = {}) {
    this.flush();
    return this.ask(() => post(`/phone/forms/${this.view.id}/${action}`, body));
  }

  // filling in

  put(name, value, typed) {
    if (!typed) return this.send("put", { name, value });
    clearTimeout(this.pending.get(name)?.timer);
    this.pending.set(name, { value, timer: setTimeout(() => this.flush(), PAUSE) });
    return null;
  }

  flush() {
    const waiting = [...this.pending];
    this.pending.clear();
    for (const [name, { value, timer }] of waiting) {
      clearTimeout(timer);
      this.ask(() => post(`/phone/forms/${this.view.id}/put`, { name, value }));
    }
  }

  tap(key) { return this.send("act", { key }); }

  leave() {
    if (this.view?.state === "open") post(`/phone/forms/${this.view.id}/close`).catch(() => null);
    this.remove();
  }

  remove() {
    this.cover.remove();
    this.before?.focus?.();
  }

  // drawing

  show(view) {
    const fresh = view.screen !== this.view?.screen;
    this.view = view;
    if (view.state === "done" || view.state === "closed") return this.remove();
    if (view.state === "failed") return this.end(view.said);
    this.title.textContent = view.title;
    this.back.style.visibility = view.can_go_back ? "visible" : "hidden";
    this.box.dir = direction(view);
    this.say(view.said);
    this.fill(fresh);
    if (view.url) window.open(view.url, "_blank", "noopener");
    return null;
  }

  say(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  fill(fresh) {
    if (fresh) this.drawn.clear();
    const kept = new Map();
    const held = [...this.drawn].find(([, { node }]) => node.contains(document.activeElement))?.[0];
    const parts = this.view.components.filter((part) => part.type !== "Footer");
    const nodes = parts.map((part) => this.node(part, kept));
    this.drawn = kept;
    place(this.body, nodes);
    const footer = this.view.components.find((part) => part.type === "Footer");
    place(this.foot, footer ? [this.node({ ...footer, ready: this.view.ready }, kept)] : []);
    this.foot.append(this.foot.querySelector(".form-by") ?? el("p", { class: "form-by" }, `Managed by ${this.phone.number.name}`));
    if (fresh) { this.body.scrollTop = 0; this.body.focus({ preventScroll: true }); }
    if (!this.box.contains(document.activeElement)) this.hold(kept.get(held)?.node);
    this.body.querySelector(".form-wrong")?.scrollIntoView({ block: "nearest" });
  }

  /** What was drawn anew under the finger keeps the focus. */
  hold(node) {
    const stop = node?.querySelector("input:checked, button:not(:disabled), input:not(:disabled), select") ?? this.body;
    stop.focus({ preventScroll: true });
  }

  /** The part as it stands, where nothing about it changed but what the person put in. */
  node(part, kept) {
    const { value, ...rest } = part;
    const mark = JSON.stringify(rest);
    const old = this.drawn.get(part.key);
    const typing = old && isText(part) && old.node.contains(document.activeElement);
    const same = old && old.mark === mark && (typing || JSON.stringify(old.node.read?.() ?? value) === JSON.stringify(value));
    const node = same ? old.node : draw(part, this);
    if (typing && !same) keepTyping(old.node, node);
    kept.set(part.key, { mark, node });
    return node;
  }

  end(said) {
    this.view = { ...this.view, state: "failed" };
    this.say("");
    this.title.textContent = this.title.textContent || this.message.button;
    this.back.style.visibility = "hidden";
    place(this.body, [el("div", { class: "form-end" }, icon("off"), el("p", { role: "alert", dir: "auto" }, said))]);
    const done = el("button", { class: "strong", type: "button", onclick: () => this.remove() }, "OK");
    place(this.foot, [done]);
    done.focus({ preventScroll: true });
  }
}

function button(name, label, onclick) {
  const made = el("button", { class: `icon form-${name}`, type: "button", "aria-label": label, onclick });
  made.append(icon(name));
  return made;
}

function place(parent, nodes) {
  const gone = [...parent.children].filter((child) => !nodes.includes(child));
  for (const child of gone) child.remove();
  nodes.forEach((node, index) => { if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null); });
}

/** The cursor stays where it was when a field is drawn anew under it. */
function keepTyping(old, fresh) {
  const [from, to] = [old.querySelector("input, textarea"), fresh.querySelector("input, textarea")];
  if (!from || !to) return;
  to.value = from.value;
  const at = from.selectionStart;
  requestAnimationFrame(() => { to.focus({ preventScroll: true }); if (at !== null && to.type !== "email" && to.type !== "number") to.setSelectionRange(at, at); });
}

/** From right to left, where the first words of the screen do. */
function direction(view) {
  const words = [view.title, ...view.components.flatMap((part) => [part.text, part.label])].flat().filter((each) => typeof each === "string");
  return words.map(side).find(Boolean) ?? "ltr";
}
