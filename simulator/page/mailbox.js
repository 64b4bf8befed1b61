// The mailbox: asks for what has arrived every two seconds, and shows it. Text only: nothing of a mail is ever run.

const list = document.getElementById("mails");
let shown = null;

const made = (tag, text, kind) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (kind) element.className = kind;
  return element;
};

function body(text) {
  const element = made("pre");
  element.dir = "auto";
  for (const part of text.split(/(https?:\/\/\S+)/)) {
    if (/^https?:\/\//.test(part)) {
      const link = made("a", part);
      link.href = part;
      link.rel = "noreferrer";
      element.append(link);
    } else {
      element.append(part);
    }
  }
  return element;
}

function mail(letter) {
  const element = made("article", "", "mail");
  const header = made("header");
  const subject = made("h2", letter.subject);
  subject.dir = "auto";
  header.append(subject, made("time", new Date(letter.at).toLocaleTimeString()), made("p", `to ${letter.to.join(", ")}`, "to"));
  element.append(header, body(letter.text));
  return element;
}

async function look() {
  try {
    const answer = await fetch("/mailbox/letters");
    const { letters, port } = await answer.json();
    const mark = `${port} ${letters.length} ${letters[0]?.id}`;
    if (mark === shown) return;
    shown = mark;
    const empty = port ? "Nothing has arrived yet." : "No mails are taken here.";
    list.replaceChildren(...(letters.length ? letters.map(mail) : [made("p", empty, "empty")]));
  } catch {
    // the simulator is away: what is shown stays
  }
}

document.getElementById("clear").addEventListener("click", async () => {
  await fetch("/mailbox/letters", { method: "DELETE" });
  look();
});
look();
setInterval(look, 2000);
