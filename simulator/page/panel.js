// The control room: the clock, the faults, the templates, and what was refused.

import { get, patch, post, remove } from "/page/api.js";
import { el } from "/page/dom.js";

// switch -> what it says, its unit and step
const SWITCHES = [
  ["duplicate", "Webhooks come twice", "0 to 1", 0.1],
  ["reorder", "Webhooks overtake each other", "0 to 1", 0.1],
  ["delay", "Webhooks are late", "seconds", 0.5],
  ["batch", "Webhooks in one POST", "1 to 1000", 1],
  ["lose_statuses", "Statuses get lost", "0 to 1", 0.1],
  ["lose_messages", "Twilio’s messages get lost", "0 to 1", 0.1],
  ["fail_next", "Refuse the next sends", "how many", 1],
  ["fail_every", "Refuse every n-th send", "n", 1],
  ["html_next", "Broken gateway (502)", "how many", 1],
  ["slow", "Answers are slow", "seconds", 0.5],
  ["drop_next", "Accept, then hang up", "how many", 1],
  ["drop_every", "Hang up on every n-th", "n", 1],
  ["throttle", "Throughput limit", "a second", 1],
];
const CODES = { 131000: "unknown error", 131016: "service unavailable", 130429: "throughput", 131056: "pair rate", 131026: "undeliverable", 131047: "24 hours", 131042: "payment", 190: "token", 131031: "locked", 368: "policy", 2: "API down", 133004: "server away", 20429: "Twilio: too many calls", 20500: "Twilio: server error", 63013: "Twilio: policy", 63018: "Twilio: rate", 63032: "Twilio: experiment" };

export class Panel {
  constructor(root, clock, problem) {
    Object.assign(this, { root, clock, problem, inputs: {}, refusals: [] });
    this.time = el("p", { class: "big" });
    this.freeze = el("button", { type: "button", "aria-pressed": "false", onclick: () => this.turn({ freeze: !this.clock.frozen }) }, "Freeze");
    this.templates = el("ul");
    this.flows = el("ul");
    this.refused = el("ul", { class: "refusals" }, el("li", {}, "Nothing so far."));
    this.root.append(
      el("h2", {}, "Clock"), this.time, el("p", {}, "The 24-hour window and the limits follow it."), this.clockKeys(),
      el("h2", {}, "Faults"), this.switches(), el("div", { class: "keys" }, el("button", { type: "button", onclick: () => this.clear() }, "Everything works")),
      el("h2", {}, "Refused sends"), this.refused,
      el("h2", {}, "Forms"), this.flows,
      el("h2", {}, "Templates"), this.templates,
      el("h2", {}, "More"), el("p", {}, "All switches, with examples: ", el("a", { href: "/docs", target: "_blank" }, "API"), " · ", el("a", { href: "/metrics", target: "_blank" }, "metrics")));
  }

  clockKeys() {
    const steps = [["+1 hour", 3600], ["+6 hours", 21_600], ["+25 hours", 90_000], ["−1 day", -86_400]];
    return el("div", { class: "keys" },
      steps.map(([label, seconds]) => el("button", { type: "button", onclick: () => this.turn({ seconds }) }, label)),
      this.freeze, el("button", { type: "button", onclick: () => this.turn({ reset: true }) }, "Real time"));
  }

  turn(change) { return post("/control/clock", change).catch(this.problem); }

  tick() {
    this.time.textContent = this.clock.text();
    this.freeze.setAttribute("aria-pressed", this.clock.frozen);
  }

  switches() {
    const code = el("select", { "aria-label": "Error code of refused sends", onchange: () => this.set("fail_code", Number(code.value)) },
      Object.entries(CODES).map(([value, name]) => el("option", { value }, `${value} ${name}`)));
    this.code = code;
    return el("div", { class: "switches" }, SWITCHES.map((entry) => this.switch(...entry)),
      el("label", { class: "switch" }, el("span", {}, "Refused with"), code));
  }

  switch(name, label, unit, step) {
    const input = el("input", { type: "number", min: "0", step, value: "0", onchange: () => this.set(name, input.value === "" ? 0 : Number(input.value)) });
    this.inputs[name] = input;
    return el("label", { class: "switch" }, el("span", {}, label, el("small", {}, unit)), input);
  }

  set(name, value) {
    const meant = name === "throttle" && value === 0 ? null : name === "batch" ? Math.max(1, value) : value;
    return patch("/control/faults", { [name]: meant }).then((faults) => this.showFaults(faults)).catch(this.problem);
  }

  clear() { return remove("/control/faults").then((faults) => this.showFaults(faults)).catch(this.problem); }

  showFaults(faults) {
    for (const [name, input] of Object.entries(this.inputs)) {
      const value = faults[name] ?? 0;
      if (document.activeElement !== input) input.value = value;
      input.parentElement.classList.toggle("on", name === "batch" ? value > 1 : value > 0);
    }
    this.code.value = String(faults.fail_code);
  }

  async load() {
    this.clock.set(await get("/control/clock"));
    this.showFaults(await get("/control/faults"));
    await Promise.all([this.loadTemplates(), this.loadFlows()]);
  }

  async loadFlows() {
    const { flows } = await get("/control/flows");
    this.flows.replaceChildren(...flows.map((flow) => this.flow(flow)), ...(flows.length ? [] : [el("li", {}, "None so far.")]));
  }

  /** A Flow and the state that it is in, to change. */
  flow({ id, name, status }) {
    const states = [...new Set([status, "PUBLISHED", "THROTTLED", "BLOCKED"])];
    const turn = (event) => post(`/control/flows/${id}`, { status: event.target.value }).catch(this.problem);
    return el("li", {}, el("b", {}, name), el("select", { "aria-label": `State of ${name}`, onchange: turn, disabled: status === "DRAFT" || status === "DEPRECATED" },
      states.map((state) => el("option", { value: state, selected: state === status }, state.toLowerCase()))),
      el("small", { class: `state-${status === "PUBLISHED" ? "APPROVED" : "PAUSED"}` }, status.toLowerCase()));
  }

  async loadTemplates() {
    const [{ templates }, { contents }] = await Promise.all([get("/control/templates"), get("/control/twilio/contents")]);
    const submitted = contents.filter((content) => content.approval_requests.status !== "unsubmitted");
    this.templates.replaceChildren(...templates.map((template) => this.template(template)), ...submitted.map((content) => this.content(content)));
  }

  template(template) {
    const next = template.status === "APPROVED" ? "PAUSED" : "APPROVED";
    return el("li", {}, el("b", {}, `${template.name} · ${template.language}`),
      el("button", { class: "quiet", type: "button", onclick: () => post(`/control/templates/${template.id}`, { status: next }).catch(this.problem) }, next === "PAUSED" ? "Pause" : "Approve"),
      el("small", { class: `state-${template.status}` }, `${template.status.toLowerCase()}, ${template.category.toLowerCase()}`));
  }

  /** A content template of Twilio's: nobody is told of a new status, the bot has to ask. */
  content({ sid, language, approval_requests: { name, status, category } }) {
    const next = status === "approved" ? "paused" : "approved";
    const turn = () => post(`/control/twilio/contents/${sid}`, { status: next }).then(() => this.loadTemplates()).catch(this.problem);
    return el("li", {}, el("b", {}, `${name} · ${language}`),
      el("button", { class: "quiet", type: "button", onclick: turn }, next === "paused" ? "Pause" : "Approve"),
      el("small", { class: `state-${status.toUpperCase()}` }, `Twilio, ${status}, ${category.toLowerCase()}`));
  }

  refuse({ code, said }) {
    this.refusals = [{ code, said, at: this.clock.text() }, ...this.refusals].slice(0, 20);
    this.refused.replaceChildren(...this.refusals.map((refusal) => el("li", {}, el("b", {}, String(refusal.code)), el("span", {}, refusal.at), el("small", {}, refusal.said))));
  }
}
