// Opens the REST reference in Chromium and tries its examples: `node docs.cjs < job.json`, one JSON line per thing seen.
//
// The job: {url, chromium, tried}. `tried` are operations such as "POST /agent/{agentId}/run" whose example is sent as it is.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { chromium } = require("playwright-core");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// What the page complains of, and what it asks of anybody else.
function watch(page) {
  const home = new URL(job.url).origin;
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(home) && !url.startsWith("data:")) complaints.push(`asks elsewhere: ${url}`);
  });
  return complaints;
}

async function attempt(page, operation) {
  const [method, path] = operation.split(" ");
  const block = page.locator(`.opblock-${method.toLowerCase()}`).filter({ has: page.locator(`[data-path="${path}"]`) });
  await block.locator(".opblock-summary").click();
  await block.getByRole("button", { name: "Try it out" }).click();
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table tbody tr").first();
  await answer.waitFor();
  const text = (part) => answer.locator(part).first().innerText();
  say({ operation, status: await text(".response-col_status"), body: await text(".highlight-code, .microlight") });
}

(async () => {
  const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const complaints = watch(page);
  await page.goto(job.url);
  await page.locator(".opblock").first().waitFor();
  say({ operations: await page.locator(".opblock-summary-path").evaluateAll((all) => all.map((it) => it.dataset.path)) });
  for (const operation of job.tried) await attempt(page, operation);
  say({ complaints });
  await browser.close();
})();
