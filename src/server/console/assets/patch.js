// JSON Patch (RFC 6902), as STATE_DELTA and ACTIVITY_DELTA carry it. What is patched is copied, never changed.

// The document after the operations.
export function patched(document, operations) {
  const root = { "": structuredClone(document) };
  for (const operation of operations) apply(root, operation);
  return root[""];
}

function apply(root, { op, path, from, value }) {
  if (op === "add") return add(root, path, structuredClone(value));
  if (op === "replace") return replace(root, path, structuredClone(value));
  if (op === "remove") return void remove(root, path);
  if (op === "move") return add(root, path, remove(root, from));
  if (op === "copy") return add(root, path, structuredClone(look(root, from)));
  if (op === "test") {
    if (JSON.stringify(look(root, path)) !== JSON.stringify(value)) throw new Error(`${path} is not what the patch expects`);
    return;
  }
  throw new Error(`a patch cannot ${op}`);
}

// The holder of what a path names, and its key there. The document itself is held under an empty key.
function place(root, path) {
  const keys = ["", ...String(path).split("/").slice(1).map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))];
  const last = keys.pop();
  const holder = keys.reduce((at, key) => own(at, key), root);
  if (typeof holder !== "object" || holder === null || last === "__proto__") throw new Error(`there is no place ${path}`);
  return [holder, last];
}

function own(holder, key) {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, key)) throw new Error(`there is no ${key}`);
  return holder[key];
}

const look = (root, path) => own(...place(root, path));

function add(root, path, value) {
  const [holder, key] = place(root, path);
  if (Array.isArray(holder)) holder.splice(key === "-" ? holder.length : Number(key), 0, value);
  else holder[key] = value;
}

function replace(root, path, value) {
  const [holder, key] = place(root, path);
  own(holder, key);
  holder[key] = value;
}

function remove(root, path) {
  const [holder, key] = place(root, path);
  const value = own(holder, key);
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
  return value;
}
