// The little Markdown that forms know: headings, paragraphs, lists, bold, italic, struck through, links.

import { el } from "/page/dom.js";

const INLINE = [[/\*\*(.+?)\*\*/, "strong"], [/~~(.+?)~~/, "s"], [/\*(.+?)\*/, "em"]];
const LINK = /\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/;

/** Nodes of a text; headings only where they are allowed. */
export function markdown(text, headings) {
  return text.split(/\n{2,}/).flatMap((block) => blocks(block.split("\n"), headings));
}

function blocks(lines, headings) {
  const nodes = [];
  for (const line of lines) {
    const item = /^\s*(?:[-+*]|(\d+)\.)\s+(.*)$/.exec(line);
    const heading = headings && /^(#{1,6})\s+(.*)$/.exec(line);
    if (item) {
      const tag = item[1] ? "ol" : "ul";
      if (nodes.at(-1)?.localName !== tag) nodes.push(el(tag, { dir: "auto" }));
      nodes.at(-1).append(el("li", {}, inline(item[2])));
    } else if (heading && heading[1].length < 3) {
      nodes.push(el(heading[1].length === 1 ? "h4" : "h5", { class: heading[1].length === 1 ? "form-heading" : "form-subheading", dir: "auto" }, inline(heading[2])));
    } else if (line.trim()) {
      nodes.push(el("p", { dir: "auto" }, inline(heading ? heading[2] : line)));
    }
  }
  return nodes;
}

function inline(text) {
  const link = LINK.exec(text);
  if (link) return around(text, link, el("a", { href: link[2], target: "_blank", rel: "noopener noreferrer" }, link[1]));
  for (const [pattern, tag] of INLINE) {
    const found = pattern.exec(text);
    if (found) return around(text, found, el(tag, {}, inline(found[1])));
  }
  return text ? [text] : [];
}

function around(text, found, node) {
  return [...inline(text.slice(0, found.index)), node, ...inline(text.slice(found.index + found[0].length))];
}
