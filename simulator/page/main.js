// The page: a row of phones, the bar above them and the control room beside them.

import { get, listen, post } from "/page/api.js";
import { Clock } from "/page/clock.js";
import { el } from "/page/dom.js";
import { Panel } from "/page/panel.js";
import { Phone } from "/page/phone.js";

const PRESETS = [
  { user: "919876500001", name: "Asha", language: "en" },
  { user: "919876500002", name: "Ravi", language: "hi" },
  { user: "34600000003", name: "María", language: "es" },
  { user: "966500000004", name: "فاطمة", language: "ar" },
  { user: "5511900000005", name: "João", language: "pt" },
  { user: "33600000006", name: "Amélie", language: "fr" },
  { user: "sofia.lima", name: "Sofia (no number)", language: "en" },
];
const MEMORY = "phones";

const byId = (id) => document.getElementById(id);
const phones = new Map();
const clock = new Clock();
const panel = new Panel(byId("panel"), clock, (problem) => toast(problem.message));
let numbers = [];

function toast(text) {
  const note = el("div", { class: "toast" }, text);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), 7000);
}

function remember() {
  localStorage.setItem(MEMORY, JSON.stringify([...phones.keys()]));
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY)) ?? [];
  } catch {
    return [];
  }
}

async function addPhone(preset, numberId) {
  const number = numbers.find((known) => known.id === numberId) ?? numbers[0];
  const person = await post("/phone/people", { user: preset.user, name: preset.name, language: preset.language, ...(preset.numberless ? { numberless: true } : {}) });
  const known = phones.get(`${person.user}/${number.id}`);
  if (known) return known.input.focus();
  const phone = new Phone(person, number, clock, putAway);
  phones.set(phone.key, phone);
  byId("phones").append(phone.column);
  remember();
  await phone.load();
  phone.column.scrollIntoView({ inline: "center", block: "nearest" });
  return phone.input.focus();
}

function putAway(phone) {
  phone.column.remove();
  phones.delete(phone.key);
  remember();
}

function askForPhone() {
  const number = el("select", {}, numbers.map((known) => el("option", { value: known.id }, `${known.name} (${known.phone})`)));
  const name = el("input", { autocomplete: "off", placeholder: "Name", dir: "auto" });
  const user = el("input", { autocomplete: "off", required: true, placeholder: "+91 98765 00009 or a user name", pattern: "[+0-9A-Za-z._ \\-]{3,35}" });
  const hidden = el("input", { type: "checkbox" });
  const add = (preset) => { dialog.close(); addPhone(preset, number.value).catch((problem) => toast(problem.message)); };
  const chips = PRESETS.map((preset) => el("button", { class: "chip", type: "button", dir: "auto", onclick: () => add(preset) }, preset.name));
  const submit = (event) => {
    event.preventDefault();
    const key = user.value.replace(/[\s+-]/g, "");
    add({ user: key, name: name.value.trim() || key, language: "en", numberless: hidden.checked });
  };
  const form = el("form", { class: "form", onsubmit: submit },
    el("label", {}, "Writes to", number), el("div", { class: "chips" }, chips),
    el("label", {}, "Somebody else’s number", user), el("label", {}, "Name", name),
    el("label", { class: "check" }, hidden, "Shows no number to the clinic"),
    el("div", { class: "ends" }, el("button", { class: "quiet", type: "button", onclick: () => dialog.close() }, "Cancel"), el("button", { class: "strong", type: "submit" }, "Add")));
  const dialog = el("dialog", { "aria-label": "Add a phone" }, el("h2", {}, "Hand somebody a phone"), form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  chips[0].focus();
}

const chat = (data, act) => {
  const phone = phones.get(`${data.user}/${data.number}`);
  if (phone) act(phone);
};

/** A text message comes to whoever has a phone here: its chat opens beside. */
function ring(message) {
  const number = numbers.find((known) => known.id === message.number);
  const owner = [...phones.values()].find((phone) => phone.person.user === message.user)?.person;
  const shown = phones.has(`${message.user}/${message.number}`);
  if (number?.sms && owner && !shown && message.direction === "out") addPhone({ user: owner.user, name: owner.name, language: owner.language }, number.id).catch((problem) => toast(problem.message));
}

function follow() {
  listen({
    hello: () => { showLink(); loadAll(); },
    message: (message) => { chat(message, (phone) => phone.receive(message)); ring(message); },
    status: (message) => chat(message, (phone) => phone.update(message)),
    typing: (data) => chat(data, (phone) => phone.typing()),
    person: (person) => { for (const phone of phones.values()) if (phone.person.user === person.user) phone.change(person); },
    clock: (state) => { clock.set(state); showClock(); },
    faults: (faults) => panel.showFaults(faults),
    template: () => panel.loadTemplates(),
    flow: () => panel.loadFlows(),
    refused: (refusal) => { panel.refuse(refusal); if (byId("panel").hidden) toast(`Refused: ${refusal.said}`); },
    reload: loadAll,
    lost: () => showState("down", "Simulator away"),
  });
}

let loading = null;

function loadAll() {
  loading ??= Promise.all([...phones.values()].map((phone) => phone.load())).finally(() => { loading = null; });
  return loading;
}

function showState(kind, text) {
  byId("link").className = `link ${kind}`;
  byId("link").textContent = text;
}

async function showLink() {
  try {
    const state = await get("/control/webhooks");
    const waiting = state.waiting > 0 && state.problem ? `, ${state.waiting} waiting` : "";
    if (state.problem) showState("down", `Bot: ${state.problem}${waiting}`);
    else showState("up", "Bot connected");
  } catch {
    showState("down", "Simulator away");
  }
}

function showClock() {
  byId("clock").textContent = clock.text();
  byId("clock").classList.toggle("moved", clock.moved);
  panel.tick();
}

function togglePanel() {
  const shown = byId("panel").toggleAttribute("hidden");
  byId("open-panel").setAttribute("aria-expanded", String(!shown));
}

async function start() {
  const directory = await get("/phone/people");
  numbers = directory.numbers;
  await panel.load();
  const before = remembered().map((key) => key.split("/"));
  const people = new Map([...PRESETS, ...directory.people].map((person) => [person.user, person]));
  const opened = before.filter(([user]) => people.has(user));
  for (const [user, number] of opened.length ? opened : [[PRESETS[0].user, numbers[0].id], [PRESETS[2].user, numbers[0].id]]) {
    const person = people.get(user);
    await addPhone({ user, name: person.name, language: person.language }, number);
  }
  follow();
  showClock();
  setInterval(showClock, 1000);
  setInterval(showLink, 3000);
  [...phones.values()][0]?.input.focus();
  document.body.dataset.ready = "yes";
}

byId("add-phone").addEventListener("click", askForPhone);
byId("open-panel").addEventListener("click", togglePanel);
document.addEventListener("problem", (event) => toast(event.detail));
start().catch((problem) => toast(problem.message));
