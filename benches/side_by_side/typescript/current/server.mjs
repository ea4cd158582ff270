// The TypeScript runtime with one AG-UI agent on a free port: `node server.mjs AGENT_URL`.
import { createServer } from "node:http";
import { CopilotRuntime, InMemoryAgentRunner } from "@copilotkit/runtime/v2";
import { createCopilotNodeListener } from "@copilotkit/runtime/v2/node";
import { HttpAgent } from "@ag-ui/client";

const runtime = new CopilotRuntime({
  agents: { relayed: new HttpAgent({ url: process.argv[2] }) },
  runner: new InMemoryAgentRunner(),
});
const server = createServer(createCopilotNodeListener({ runtime, basePath: "/copilotkit", mode: "multi-route", cors: true }));
server.listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));
