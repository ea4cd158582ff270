// Upstream's runtime 1.10.6 on a free port, asking this upstream: `node server.cjs UPSTREAM_URL`. It ends with its parent.
const { createServer } = require("node:http");
const { CopilotRuntime, OpenAIAdapter, copilotRuntimeNodeHttpEndpoint } = require("@copilotkit/runtime");
const { HttpAgent } = require("@ag-ui/client");
const OpenAI = require("openai");

const upstream = process.argv[2];
const openai = new OpenAI({ apiKey: "sk-mock", baseURL: upstream + "/v1", maxRetries: 0 });
const agent = (name) => new HttpAgent({ agentId: name, description: "agent " + name, url: `${upstream}/${name}` });
const fresh = () => new CopilotRuntime({ agents: { agent: agent("agent"), other: agent("other") } });
// Upstream's agents remember what was said to them, whoever said it, and its runtime forgets those that a request did not name:
// each request, of which there is one at a time, gets new ones.
let current;
const runtime = new Proxy({}, {
  get: (_, key) => current[key],
  set: (_, key, value) => Reflect.set(current, key, value),
  has: (_, key) => key in current,
});
current = fresh();
const handler = copilotRuntimeNodeHttpEndpoint({
  endpoint: "/copilotkit",
  runtime,
  serviceAdapter: new OpenAIAdapter({ openai, model: "gpt-4o" }),
  logLevel: "silent",
});
// A request that fails badly must not take the others with it.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});
createServer((request, response) => {
  current = fresh();
  return handler(request, response);
}).listen(0, "127.0.0.1", function () {
  console.log("listening on " + this.address().port);
});
process.stdin.on("end", () => process.exit()).resume();
