// Both generations of CopilotKit's React packages on one page, in one thread of one server: `just demo`.
//
// It builds the server and the apps, starts the server with the demo agent (or, with a model's key in the environment, that
// model), and serves the page until it is interrupted. PORT and PAGES_PORT are the ports of the two.
const fs = require("node:fs");
const path = require("node:path");
const { spawn, spawnSync } = require("node:child_process");

const { serve } = require("../drive/static.cjs");

const root = path.join(__dirname, "../../..");
const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "demo");
const port = Number(process.env.PORT ?? 8000);
const pagesPort = Number(process.env.PAGES_PORT ?? 8080);

// Runs a command to its end, or ends with it.
function run(folder, command, ...args) {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}

function build(app) {
  const folder = path.join(__dirname, "..", app);
  if (!fs.existsSync(path.join(folder, "node_modules"))) run(folder, "npm", "ci", "--ignore-scripts", "--loglevel=error");
  run(folder, "npm", "run", "--silent", "build", "--", "--logLevel=error", `--outDir=${path.join(target, app)}`);
}

function startServer() {
  const config = path.join(target, "agui-runtime.toml");
  const origin = `http://127.0.0.1:${pagesPort}`;
  fs.writeFileSync(config, `[store]\nurl = "memory:"\n\n[cors]\norigins = ["${origin}"]\n`);
  const server = spawn("cargo", ["run", "--quiet", "--", "serve", "--config", config, "--port", `${port}`], { cwd: root, stdio: "inherit" });
  server.on("exit", (code) => process.exit(code ?? 0));
  process.on("SIGINT", () => server.kill("SIGINT"));
  process.on("SIGTERM", () => server.kill("SIGTERM"));
}

async function main() {
  fs.mkdirSync(target, { recursive: true });
  run(root, "cargo", "build", "--quiet");
  for (const app of ["classic", "current"]) build(app);
  fs.mkdirSync(path.join(target, "page"), { recursive: true });
  fs.copyFileSync(path.join(__dirname, "index.html"), path.join(target, "page/index.html"));
  startServer();
  await serve(target, pagesPort);
  console.log(`\nOpen http://127.0.0.1:${pagesPort}/page/?port=${port}\n`);
}
main();
