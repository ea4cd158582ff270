// Asks the server: the AG-UI face below its base path, and what only the console has below `console/api`.
// The key is kept for this tab alone and goes out in a header; it is never in an address.

const KEY = "agui-runtime.key";
export const base = document.querySelector('meta[name="base-path"]').content;

// Who asks for a key where the server wants one; set by the page.
let askForKey = async () => false;
export const onUnauthorized = (ask) => void (askForKey = ask);

export const hasKey = () => sessionStorage.getItem(KEY) !== null;
export const forgetKey = () => sessionStorage.removeItem(KEY);
export const keepKey = (key) => sessionStorage.setItem(KEY, key);

// An answer that is none: what it says, and its status (0 if there is none at all).
export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

function authorization() {
  const key = sessionStorage.getItem(KEY);
  if (key === null) return {};
  return { authorization: /^(Bearer|Basic) /i.test(key) ? key : `Bearer ${key}` };
}

// One question at a time is asked, whoever finds that it must be.
let asking;
const unlock = () => (asking ??= askForKey().finally(() => (asking = undefined)));

async function send(path, { method = "GET", body, signal, accept = "application/json" }) {
  const content = body === undefined ? {} : { "content-type": "application/json" };
  for (;;) {
    const headers = { accept, ...content, ...authorization() };
    const sent = fetch(path, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
    const answer = await sent.catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new Failure("The server cannot be reached. Is it running?", 0);
    });
    if (answer.status !== 401 || !(await unlock())) return answer;
  }
}

async function failure(answer) {
  const text = await answer.text().catch(() => "");
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    told = {};
  }
  const explained = [told.error, told.details].filter((part) => typeof part === "string").join(": ");
  return new Failure(told.message ?? (explained || `The server answered ${answer.status} ${answer.statusText}`.trim()), answer.status);
}

// The JSON that a path answers, whatever the status if it is in `taken`; nothing for an answer without a body.
export async function ask(path, options = {}) {
  const answer = await send(path, options);
  if (!answer.ok && !options.taken?.includes(answer.status)) throw await failure(answer);
  if (answer.status === 204) return undefined;
  return answer.json().catch(() => {
    throw new Failure("The server's answer cannot be read", answer.status);
  });
}

// The events that a path streams, one after the other.
export async function* stream(path, options) {
  const answer = await send(path, { method: "POST", accept: "text/event-stream", ...options });
  if (!answer.ok) throw await failure(answer);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new Failure("The connection to the server broke off", 0);
    });
    if (done) return;
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) if (frame.startsWith("data: ")) yield JSON.parse(frame.slice(6));
  }
}

// The face as `owner` sees it; without one, as whoever asks does.
export function face(path, owner) {
  if (!owner) return `${base}/${path}`;
  const mark = path.includes("?") ? "&" : "?";
  return `console/api/${path}${mark}owner=${encodeURIComponent(owner)}`;
}

export const own = (path) => `console/api/${path}`;
export const part = encodeURIComponent;

// What every connect and run carries.
export const runInput = (threadId, more = {}) => ({
  threadId,
  runId: crypto.randomUUID?.() ?? `run-${Date.now()}-${Math.random().toString(36).slice(2)}`,
  state: {},
  messages: [],
  tools: [],
  context: [],
  forwardedProps: {},
  ...more,
});
