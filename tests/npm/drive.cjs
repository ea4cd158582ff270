// Runs upstream's own client, unmodified, against a server: `node drive.cjs < job.json`, one JSON line per thing it yields.
//
// The job: {version, url, kind: "chat" | "agents" | "state", data?, properties?, headers?, abortAfter?}, the last a text
// after which to abort.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { CopilotRuntimeClient, convertGqlOutputToMessages, filterAdjacentAgentStateMessages } = require("client-" + job.version);

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const graphql = (error) =>
  error.graphQLErrors.map(({ message, extensions, path }) => ({ message, extensions, path }));
const network = ({ name, message, code }) => ({ name, message, code });
const known = (error) => ({
  name: error.name,
  message: error.message,
  gql: error.graphQLErrors ? graphql(error) : undefined,
  net: error.networkError ? network(error.networkError) : undefined,
});

console.warn = console.error = () => {};
const client = new CopilotRuntimeClient({
  url: job.url,
  headers: job.headers,
  handleGQLErrors: (error) => say({ error: known(error) }),
  handleGQLWarning: (warning) => say({ warning }),
});

async function chat() {
  const abort = new AbortController();
  const { data, properties } = job;
  const reader = client.asStream(client.generateCopilotResponse({ data, properties, signal: abort.signal })).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return say({ done: true });
      // The client goes on changing what it yielded: what counts is how it was then.
      const raw = structuredClone(value);
      // Of an agent's states the latest, as the React package shows them.
      say({ raw, converted: convertGqlOutputToMessages(filterAdjacentAgentStateMessages(value.generateCopilotResponse.messages)) });
      if (job.abortAfter && JSON.stringify(raw).includes(job.abortAfter)) abort.abort();
    }
  } catch ({ name, message }) {
    say({ threw: { name, message } });
  }
}

async function query(request) {
  const { data, error } = await request;
  say({ data: data ?? null, error: error && { message: error.message, gql: error.graphQLErrors.map(({ message, extensions }) => ({ message, extensions })) } });
}

const kinds = {
  chat,
  agents: () => query(client.availableAgents()),
  state: () => query(client.loadAgentState(job.data)),
};
kinds[job.kind]();
