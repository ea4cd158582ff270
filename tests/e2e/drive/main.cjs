// Drives one app in Chromium through its scenarios: `node main.cjs < job.json`, one JSON line per scenario.
//
// The job: {chromium, dist, port, html, generation, runtime, artifacts, scenarios?}. `generation` is "1.10", "v1" or "v2" (the
// GraphQL packages, today's with the same API, and today's own API) or "demo". A line: {scenario, failed?, failures, cancelled,
// complaints, ms}.
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require(require.resolve("playwright-core", { paths: [path.join(__dirname, "../../npm")] }));

const { Page } = require("./page.cjs");
const { scenarios } = require("./scenarios.cjs");
const { serve } = require("./static.cjs");

const job = { patience: 120_000, ...JSON.parse(fs.readFileSync(0, "utf8")) };
job.origin = `http://127.0.0.1:${job.port}`;
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const HERE = ["127.0.0.1", "localhost"];
// What the packages' maker answers when their developers' console asks for updates: no test needs the network.
const upToDate = ({ packages: [{ packageVersion }] }) => ({ packages: [{ latestVersion: packageVersion, severity: "low" }] });

async function run(browser, name, scenario) {
  const begun = Date.now();
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  await context.route((url) => !HERE.includes(url.hostname), (route) => route.fulfill({ json: upToDate(route.request().postDataJSON()) }));
  const pages = [];
  const open = async () => {
    const page = new Page(job, name, await context.newPage());
    if (pages.length) page.label = `-tab${pages.length + 1}`;
    pages.push(page);
    return page;
  };
  let failed;
  try {
    await scenario(await open(), { job, open, thread: `${job.generation}-${name}` });
    for (const page of pages) await page.settled();
  } catch (error) {
    failed = String(error.stack ?? error);
    for (const page of pages) await page.shot("failed").catch(() => {});
  }
  const all = (key) => pages.flatMap((page) => page[key]);
  say({ scenario: name, failed, failures: all("failures"), cancelled: all("cancelled"), complaints: all("complaints"), ms: Date.now() - begun });
  await context.close();
}

async function main() {
  fs.rmSync(job.artifacts, { recursive: true, force: true });
  fs.mkdirSync(job.artifacts, { recursive: true });
  const server = await serve(job.dist, job.port);
  const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });
  for (const [name, scenario] of Object.entries(scenarios(job.generation))) {
    if (!job.scenarios || job.scenarios.includes(name)) await run(browser, name, scenario);
  }
  await browser.close();
  server.close();
}
main();
