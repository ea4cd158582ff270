// Runs upstream's AG-UI clients, unmodified, against a server: `node agui.cjs < job.json`, one JSON line per step.
//
// The job: {client, url, transport?, agent, thread, steps}. `client` is a package in package.json: an HttpAgent of
// @ag-ui/client, or @copilotkit/core, whose `transport` is "rest", "single" or "auto". A step is one of
//   {run: TEXT, stopAfter?: TEXT}  a user message; the run is stopped once this text has come
//   {resume: PAYLOAD}              answers the interrupt that the run before ended with
//   {connect: true}                a new client, which knows nothing, asks for the thread
// A frontend tool `sayHello` is there in every run. A line tells how the step ended and what the client has then.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { randomUUID } = require("node:crypto");
const sdk = require(job.client);

console.warn = console.error = console.debug = () => {};
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const user = (content) => ({ id: randomUUID(), role: "user", content });
const tool = {
  name: "sayHello",
  description: "Says hello",
  parameters: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
};
// What the core takes in place of JSON Schema; other libraries' schemas come down to this.
const standard = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }), jsonSchema: { input: () => tool.parameters } } };
const greet = (args) => `Hello, ${args.name}!`;

// What a run tells its subscribers.
function watch() {
  const seen = { events: [], errors: [], interrupts: [] };
  const subscriber = {
    onEvent: ({ event }) => void (seen.events.at(-1) === event.type || seen.events.push(event.type)),
    onRunErrorEvent: ({ event }) => void seen.errors.push({ message: event.message, code: event.code }),
    onRunFinishedEvent: ({ event }) => void seen.interrupts.push(...(event.outcome?.interrupts ?? [])),
  };
  return { seen, subscriber };
}

// @ag-ui/client: one HttpAgent for each route, messages and state handed from one to the next.
function httpClient() {
  const route = (name) => `${job.url}/agent/${job.agent}/${name}`;
  let agent = new sdk.HttpAgent({ url: route("run"), threadId: job.thread });
  const once = async (parameters, onText) => {
    const { seen, subscriber } = watch();
    if (onText) subscriber.onTextMessageContentEvent = ({ event }) => onText(event.delta);
    try {
      await agent.runAgent(parameters, subscriber);
      return { ...seen, ended: "resolved" };
    } catch (error) {
      return { ...seen, ended: "rejected", error: error.message };
    }
  };
  const run = async (parameters, stopAfter) => {
    let stopped;
    const onText = (delta) => {
      if (stopAfter && !stopped && delta.includes(stopAfter)) stopped = fetch(`${route("stop")}/${job.thread}`, { method: "POST" });
    };
    let told = await once({ tools: [tool], ...parameters }, onText);
    await stopped;
    // As a page does: the frontend's tools are run, and a second run brings what they gave back.
    const calls = agent.messages.at(-1)?.toolCalls ?? [];
    if (told.ended === "resolved" && !told.errors.length && calls.some((call) => call.function.name === tool.name)) {
      for (const call of calls) {
        const content = greet(JSON.parse(call.function.arguments));
        agent.addMessage({ id: randomUUID(), role: "tool", toolCallId: call.id, content });
      }
      const again = await once({ tools: [tool] });
      told = { ...again, events: [...told.events, ...again.events] };
    }
    return told;
  };
  return {
    state: () => agent,
    run: (text, stopAfter) => (agent.addMessage(user(text)), run({}, stopAfter)),
    resume: (resume) => run({ resume }),
    connect: () => {
      agent = new sdk.HttpAgent({ url: route("connect"), threadId: job.thread });
      return once({}).then((told) => ((agent.url = route("run")), told));
    },
  };
}

// @copilotkit/core: what React apps use, without React.
function coreClient() {
  let core, agent, errors;
  const open = async () => {
    errors = [];
    core = new sdk.CopilotKitCore({ runtimeUrl: job.url, runtimeTransport: job.transport });
    core.addTool({ name: tool.name, description: tool.description, parameters: standard, handler: async (args) => greet(args) });
    await new Promise((connected, failed) => {
      const look = () => (core.runtimeConnectionStatus === "connected" ? connected() : undefined);
      core.subscribe({
        onRuntimeConnectionStatusChanged: ({ status }) => (status === "error" ? failed(new Error("no runtime")) : look()),
        onError: ({ code, error }) => void errors.push({ code, message: error.message }),
      });
      look();
    });
    agent = core.getAgent(job.agent);
    agent.threadId = job.thread;
  };
  const once = async (act, stopAfter) => {
    const { seen, subscriber } = watch();
    let stopped = false;
    subscriber.onTextMessageContentEvent = ({ event }) => {
      if (stopAfter && !stopped && event.delta.includes(stopAfter)) core.stopAgent({ agent }), (stopped = true);
    };
    const subscription = agent.subscribe(subscriber);
    errors.length = 0;
    await act();
    subscription.unsubscribe();
    return { ...seen, ended: "resolved", told: [...errors] };
  };
  return {
    open,
    state: () => agent,
    run: (text, stopAfter) => (agent.addMessage(user(text)), once(() => core.runAgent({ agent }), stopAfter)),
    resume: (resume) => once(() => core.runAgent({ agent, resume })),
    connect: async () => (await open(), once(() => core.connectAgent({ agent }))),
  };
}

async function main() {
  const isCore = job.client.startsWith("core");
  // Outside of a browser the core does not connect.
  if (isCore) globalThis.window = { location: new URL(job.url), addEventListener() {}, removeEventListener() {} };
  const client = isCore ? coreClient() : httpClient();
  await client.open?.();
  let pending = [];
  for (const step of job.steps) {
    let told;
    if (step.connect) told = await client.connect();
    else if ("resume" in step) told = await client.resume(pending.map(({ id }) => ({ interruptId: id, status: "resolved", payload: step.resume })));
    else told = await client.run(step.run, step.stopAfter);
    pending = told.interrupts;
    const { messages, state, isRunning } = client.state();
    say({ ...told, messages, state, isRunning });
  }
  process.exit(0);
}
main();
