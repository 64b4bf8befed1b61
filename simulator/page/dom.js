// Elements, icons and words made from nothing but the platform.

/** An element with attributes (`on...` are listeners, falsy ones are left out) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3 2",
  send: "M4 12 20 4l-4 16-4-7z",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  form: "M6 3h12v18H6zM9 8h6M9 12h6M9 16h3",
  more: "M12 5v.01M12 12v.01M12 19v.01",
  list: "M8 7h12M8 12h12M8 17h12M4 7h.01M4 12h.01M4 17h.01",
  reply: "M10 8V4L3 11l7 7v-4c6 0 9 2 11 6 0-7-4-12-11-12z",
  check: "M5 12l5 5 9-10",
  link: "M14 5h5v5M19 5l-9 9M11 6H6v12h12v-5",
  call: "M6 4h3l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v3a2 2 0 0 1-2 2A15 15 0 0 1 4 6a2 2 0 0 1 2-2",
  copy: "M9 9h10v11H9zM5 15V4h10",
  pin: "M12 21s7-6.5 7-12a7 7 0 1 0-14 0c0 5.5 7 12 7 12zm0-9a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 9c.5-4 3.5-6 8-6s7.5 2 8 6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  audio: "M12 4a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0v-5A2.5 2.5 0 0 0 12 4zM6 11a6 6 0 0 0 12 0M12 17v4",
  video: "M4 7h11v10H4zM15 11l5-3v8l-5-3z",
  sticker: "M12 3a9 9 0 1 0 9 9h-5a4 4 0 0 1-4-4z",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 10v.01M15 10v.01M8.5 14.5c2 2.5 5 2.5 7 0",
  plane: "M10 4l2-1 2 1v5l7 4v2l-7-2v4l2 2v1l-4-1-4 1v-1l2-2v-4l-7 2v-2l7-4z",
  hidden: "M4 4l16 16M9 5.5A9 9 0 0 1 21 12a14 14 0 0 1-3 4M6 8a14 14 0 0 0-3 4c2 4 5 6 9 6a9 9 0 0 0 4-1",
  off: "M5 5l14 14M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
};

/** A line icon by name. */
export function icon(name) {
  return svg(PATHS[name], "0 0 24 24", name === "more" ? 3 : 1.8);
}

function svg(path, box, width) {
  const namespace = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(namespace, "svg");
  for (const [key, value] of Object.entries({
    viewBox: box, fill: "none", stroke: "currentColor", "stroke-width": width,
    "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  })) image.setAttribute(key, value);
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", path);
  image.append(line);
  return image;
}

const TICKS = {
  accepted: ["Waiting", "M8.5 2a5 5 0 1 0 0 10 5 5 0 0 0 0-10zm0 2.5V7l1.7 1.2"],
  sent: ["Sent", "M4 7.5l3 3 6.5-8"],
  delivered: ["Delivered", "M1.5 7.5l3 3L11 2.5M7.5 9.300l1.2 1.2 6.5-8"],
  read: ["Read", "M1.5 7.5l3 3L11 2.5M7.5 9.300l1.2 1.2 6.5-8"],
  failed: ["Not delivered", "M8.5 2a5 5 0 1 0 0 10 5 5 0 0 0 0-10zm0 2.5v3M8.5 9.700v.01"],
};

/** The ticks of a status, with its name for screen readers. */
export function ticks(status) {
  const [name, path] = TICKS[status] ?? TICKS.accepted;
  const mark = el("span", { class: `tick ${status}`, role: "img", "aria-label": name, title: name });
  mark.append(svg(path, "0 0 17 13", 1.5));
  return mark;
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const MARKS = [[/\*(\S(?:[^*\n]*\S)?)\*/, "strong"], [/_(\S(?:[^_\n]*\S)?)_/, "em"], [/~(\S(?:[^~\n]*\S)?)~/, "s"], [/```([^`]+)```/, "code"]];

/** Text as a chat shows it: *bold*, _italic_, ~struck~, ```code``` and links. */
export function rich(text) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(LINK)) {
    parts.push(...marked(text.slice(last, found.index)));
    parts.push(el("a", { href: found[0], target: "_blank", rel: "noopener noreferrer" }, found[0]));
    last = found.index + found[0].length;
  }
  return [...parts, ...marked(text.slice(last))];
}

function marked(text) {
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    if (!found || !alone(text, found)) continue;
    const inner = tag === "code" ? [found[1]] : marked(found[1]);
    return [...marked(text.slice(0, found.index)), el(tag, {}, ...inner), ...marked(text.slice(found.index + found[0].length))];
  }
  return text ? [text] : [];
}

function alone(text, found) {
  const before = text[found.index - 1] ?? " ";
  const after = text[found.index + found[0].length] ?? " ";
  return !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
}

/** Whether a text is nothing but one to three emoji, which are shown large. */
export function onlyEmoji(text) {
  return /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u200d\ufe0f]*){1,3}$/u.test(text.trim());
}

/** Two letters of a name. */
export function initials(name) {
  return name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
}
