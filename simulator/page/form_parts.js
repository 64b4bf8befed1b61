// The components of a form, each as one node; `form` is told what is put in and tapped.

import { calendar } from "/page/calendar.js";
import { el, icon } from "/page/dom.js";
import { markdown } from "/page/markdown.js";
import { trap } from "/page/sheet.js";

const KINDS = { number: "decimal", phone: "tel", passcode: "numeric", email: "email" };
const TYPES = { password: "password", passcode: "password", email: "email" };
let serial = 0;

/** Whether a component is typed into. */
export const isText = (part) => part.type === "TextInput" || part.type === "TextArea";

/** The node of a component. */
export function draw(part, form) {
  return (PARTS[part.type] ?? unknown)(part, form);
}

const PARTS = {
  TextHeading: (part) => words("h4", "form-heading", part),
  TextSubheading: (part) => words("h5", "form-subheading", part),
  TextBody: (part) => words("p", "form-text", part),
  TextCaption: (part) => words("p", "form-caption", part),
  RichText: (part) => el("div", { class: "form-rich", dir: "auto" }, markdown(lines(part.text), true)),
  TextInput: (part, form) => typed(part, form, el("input", { type: TYPES[part["input-type"]] ?? "text", inputmode: KINDS[part["input-type"]] ?? null, maxlength: part["max-chars"] ?? 80 })),
  TextArea: (part, form) => typed(part, form, el("textarea", { rows: "3", maxlength: part["max-length"] ?? 600 })),
  DatePicker: day,
  CalendarPicker: calendarField,
  Dropdown: dropdown,
  RadioButtonsGroup: (part, form) => choices(part, form, "radio"),
  CheckboxGroup: (part, form) => choices(part, form, "checkbox"),
  ChipsSelector: chips,
  OptIn: optIn,
  EmbeddedLink: (part, form) => el("button", { class: "form-link", type: "button", dir: "auto", onclick: () => form.tap(part.key) }, part.text),
  Image: (part) => el("img", { class: "form-image", src: `data:image/png;base64,${part.src}`, alt: part["alt-text"] ?? "", height: part.height ?? null }),
  Footer: footer,
};

function unknown(part) {
  return el("p", { class: "form-caption" }, `(${part.type} is not shown here)`);
}

const lines = (text) => (Array.isArray(text) ? text.join("\n\n") : String(text ?? ""));

function words(tag, name, part) {
  const weight = part["font-weight"] ?? "normal";
  const text = lines(part.text);
  const style = `${weight.includes("bold") ? "font-weight:700;" : ""}${weight.includes("italic") ? "font-style:italic;" : ""}${part.strikethrough === true ? "text-decoration:line-through;" : ""}`;
  return el(tag, { class: name, dir: "auto", style: style || null }, part.markdown === true ? markdown(text, false) : text);
}

/** A field with its label, its help and what is wrong with it. */
function field(part, control, ...more) {
  const id = control.id || (control.id = `form-${serial += 1}`);
  const help = part.error ?? part["helper-text"];
  const note = help ? el("p", { class: part.error ? "form-help form-wrong" : "form-help", id: `${id}-note`, dir: "auto" }, help) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  if (part.error) control.setAttribute("aria-invalid", "true");
  if (part.required === true) control.setAttribute("aria-required", "true");
  if (part.enabled === false) control.disabled = true;
  return el("div", { class: "form-field" }, control, el("label", { for: id, dir: "auto" }, part.label, optional(part)), ...more, note);
}

const optional = (part) => (part.required === true ? null : el("span", { class: "form-optional" }, " (optional)"));

function typed(part, form, control) {
  control.value = part.value ?? "";
  control.dir = "auto";
  control.placeholder = " ";
  control.addEventListener("input", () => form.put(part.name, control.value, true));
  return read(field(part, control), () => control.value);
}

function day(part, form) {
  const control = el("input", { type: "date", min: part["min-date"] ?? null, max: part["max-date"] ?? null, placeholder: " " });
  control.value = part.value ?? "";
  control.addEventListener("change", () => form.put(part.name, control.value));
  return read(field(part, control), () => control.value);
}

function calendarField(part, form) {
  let chosen = part.value ?? "";
  const grid = calendar(part, form.box.lang, (value) => { chosen = value; form.put(part.name, value); });
  return read(group(part, "form-calendar", grid), () => chosen);
}

/** Opens a page of its own with the choices, as WhatsApp does: a list may have 200. */
function dropdown(part, form) {
  const chosen = part["data-source"].find((option) => option.id === part.value);
  const control = el("button", { type: "button", class: chosen ? "filled" : null, "aria-haspopup": "dialog", onclick: () => picker(part, form, control) }, el("span", { dir: "auto" }, chosen?.title ?? ""));
  const node = field(part, control, chosen?.description ? el("p", { class: "form-help", dir: "auto" }, chosen.description) : null);
  return read(node, () => part.value);
}

function picker(part, form, control) {
  let walking = false; // arrow keys look at the choices, Enter takes one
  const close = () => { page.remove(); control.focus({ preventScroll: true }); };
  const pick = (id) => { close(); form.put(part.name, id); };
  const inputs = part["data-source"].map((option) => el("input", { type: "radio", name: "form-picker", value: option.id, disabled: option.enabled === false, checked: option.id === part.value,
    onclick: () => { if (!walking) pick(option.id); } }));
  const shut = el("button", { class: "icon form-back", type: "button", "aria-label": "Back to the form", onclick: close });
  shut.append(icon("back"));
  const page = el("div", { class: "form-picker", role: "dialog", "aria-modal": "true", "aria-label": part.label },
    el("header", {}, shut, el("h3", { dir: "auto" }, part.label)), el("div", { class: "form-body" }, part["data-source"].map((option, index) => row(option, inputs[index]))));
  page.addEventListener("keydown", (event) => {
    walking = event.key.startsWith("Arrow");
    if (event.key === "Enter" && event.target.checked) { event.preventDefault(); pick(event.target.value); }
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    if (event.key === "Tab") { event.stopPropagation(); trap(page, event); }
  });
  page.addEventListener("keyup", () => { walking = false; });
  form.box.append(page);
  (inputs.find((input) => input.checked) ?? inputs.find((input) => !input.disabled) ?? shut).focus({ preventScroll: true });
  inputs.find((input) => input.checked)?.scrollIntoView({ block: "center" });
}

/** A group with its label as a legend. */
function group(part, name, ...children) {
  const note = part.error ? el("p", { class: "form-help form-wrong", dir: "auto" }, part.error) : part["helper-text"] ? el("p", { class: "form-help", dir: "auto" }, part["helper-text"]) : null;
  return el("fieldset", { class: `form-group ${name}`, disabled: part.enabled === false },
    el("legend", { dir: "auto" }, part.label, optional(part)), part.description ? el("p", { class: "form-caption", dir: "auto" }, part.description) : null, ...children, note);
}

function choices(part, form, type) {
  const name = `form-${serial += 1}`;
  const inputs = part["data-source"].map((option) => el("input", { type, name, value: option.id, disabled: option.enabled === false, checked: chosenIn(part.value, option.id), onchange: () => form.put(part.name, value()) }));
  const value = () => (type === "radio" ? inputs.find((input) => input.checked)?.value ?? "" : inputs.filter((input) => input.checked).map((input) => input.value));
  const rows = part["data-source"].map((option, index) => row(option, inputs[index]));
  return read(group(part, "form-choices", ...rows), value);
}

const chosenIn = (value, id) => (Array.isArray(value) ? value.includes(id) : value === id);

function row(option, input) {
  const picture = option.image ? el("img", { src: `data:image/png;base64,${option.image}`, alt: option["alt-text"] ?? "" }) : null;
  const swatch = option.color ? el("span", { class: "form-swatch", style: `background:#${option.color.replace("#", "")}` }) : null;
  return el("label", { class: "form-row" }, picture, swatch,
    el("span", { class: "label" }, el("span", { dir: "auto" }, option.title), option.description ? el("small", { dir: "auto" }, option.description) : null),
    option.metadata ? el("span", { class: "form-meta", dir: "auto" }, option.metadata) : null, input);
}

function chips(part, form) {
  const inputs = part["data-source"].map((option) => el("input", { type: "checkbox", value: option.id, disabled: option.enabled === false, checked: chosenIn(part.value, option.id), onchange: () => form.put(part.name, value()) }));
  const value = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const rows = part["data-source"].map((option, index) => el("label", { class: "form-chip" }, inputs[index], el("span", { dir: "auto" }, option.title)));
  return read(group(part, "form-chips", ...rows), value);
}

function optIn(part, form) {
  const control = el("input", { type: "checkbox", checked: part.value === true, onchange: () => form.put(part.name, control.checked) });
  const more = part.acts ? el("button", { class: "form-link", type: "button", onclick: () => form.tap(part.key) }, "Read more") : null;
  const line = el("label", { class: "form-row form-optin" }, control, el("span", { class: "label", dir: "auto" }, part.label));
  return read(el("div", { class: "form-group" }, line, more, part.error ? el("p", { class: "form-help form-wrong" }, part.error) : null), () => control.checked);
}

function footer(part, form) {
  const captions = ["left-caption", "center-caption", "right-caption"].filter((name) => part[name]).map((name) => el("span", { dir: "auto" }, part[name]));
  const go = el("button", { class: "strong", type: "button", dir: "auto", disabled: part.enabled === false || part.ready === false, onclick: () => form.tap(part.key) }, part.label);
  return el("div", { class: "form-footer" }, captions.length ? el("div", { class: "form-captions" }, captions) : null, go);
}

function read(node, value) {
  node.read = value;
  return node;
}

