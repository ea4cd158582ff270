// The TypeScript runtime with its OpenAI adapter on a free port: `node server.mjs MODEL_BASE_URL`.
import { createServer } from "node:http";
import { CopilotRuntime, OpenAIAdapter, copilotRuntimeNodeHttpEndpoint } from "@copilotkit/runtime";
import OpenAI from "openai";

const openai = new OpenAI({ apiKey: "sk-bench", baseURL: process.argv[2] });
const handler = copilotRuntimeNodeHttpEndpoint({
  endpoint: "/copilotkit",
  runtime: new CopilotRuntime(),
  serviceAdapter: new OpenAIAdapter({ openai, model: "gpt-4o" }),
  logLevel: "error",
});
const server = createServer(handler);
server.listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));
