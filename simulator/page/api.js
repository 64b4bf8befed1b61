// The simulator's own HTTP interface: what a phone does, the control room, and the stream of events.

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(typeof data.detail === "string" ? data.detail : `${method} ${path}: ${answer.status}`);
  return data;
}

/** Send a file as it is. */
export async function put(path, file) {
  const answer = await fetch(path, { method: "PUT", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file });
  const data = await answer.json();
  if (!answer.ok) throw new Error(typeof data.detail === "string" ? data.detail : `PUT: ${answer.status}`);
  return data;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);

/** Listen to everything that happens; `handlers` by event name. The browser reconnects by itself. */
export function listen(handlers) {
  const stream = new EventSource("/phone/stream");
  for (const [name, handler] of Object.entries(handlers)) {
    stream.addEventListener(name, (event) => handler(JSON.parse(event.data)));
  }
  stream.addEventListener("error", () => handlers.lost?.());
  return stream;
}
