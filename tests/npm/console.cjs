// Uses the console in Chromium: `node console.cjs < job.json`, one JSON line per thing seen.
//
// The job: {url, chromium, mode, shots, size, scheme, key, agent}. Modes:
//   walk    every view in this size ([width, height]) and colour scheme: a picture of each in the folder `shots`, what axe-core
//           finds serious or critical, and whether anything is wider than the page
//   act     what a person does: chats, answers, watches and stops a run, searches, renames, archives, deletes
//   hostile talks to the agent `agent`, which says what would be markup, and looks whether anything became of it
//   locked  a server that wants a key: a wrong one, then `key`
//   admin   signs in with `key`, and looks at the thread of `owner` and deletes it
// Last comes a line of `complaints`: errors of the page, and requests to anybody else.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const { chromium } = require("playwright-core");
const axe = require("axe-core");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

function watch(page) {
  const home = new URL(job.url).origin;
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => (complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${home}/`) && !url.startsWith("data:")) complaints.push(`asks elsewhere: ${url}`);
  });
  return complaints;
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name });
const press = (page, name, options) => page.getByRole("button", { name, exact: true, ...options }).click();

async function open(page, view, name) {
  await page.goto(`${job.url}#${view}`);
  await heading(page, name).waitFor();
}

// Says something, and waits until `answer` stands in the conversation.
async function chat(page, text, answer) {
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  await page.getByLabel("Your message").fill(text);
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText(answer).last().waitFor();
}

// A run that goes on until it is stopped.
async function talkLong(page) {
  await open(page, "chat/default", "Chat");
  await press(page, "New thread");
  await chat(page, "long", "This is sentence 1");
}

async function look(page, view) {
  const shot = `${job.shots}/${view}-${job.size[0]}-${job.scheme}.png`;
  await page.screenshot({ path: shot });
  const { violations } = await page.evaluate(async () => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  say({ view, wide, faults: serious.map(({ id, nodes }) => ({ id, at: nodes.map(({ html, any }) => [html, any[0]?.message]).slice(0, 3) })) });
}

async function walk(page) {
  await page.addInitScript(axe.source);
  await open(page, "overview", "Overview");
  await page.getByRole("heading", { name: "default" }).waitFor();
  await look(page, "overview");
  await open(page, "chat/default", "Chat");
  await look(page, "chat-empty");
  await chat(page, "state", "Done. Ask");
  await page.getByText("What runs are given").click();
  await press(page, "Add an example tool");
  await chat(page, "tool", "I call your tool");
  await page.getByRole("form", { name: "The agent calls your tool sayHello" }).waitFor();
  await look(page, "chat-tool");
  await page.getByText("What runs are given").click();
  await page.getByLabel("What the tool gives back").fill("Hello");
  await press(page, "Answer");
  await page.getByText("A model would now").first().waitFor();
  await chat(page, "interrupt", "I stop here");
  await page.getByRole("form", { name: "The agent asks you" }).waitFor();
  await look(page, "chat-interrupt");
  await page.getByText("Events", { exact: true }).click();
  await chat(page, "error", "As you wish");
  await page.getByRole("alert").waitFor();
  await look(page, "chat-error");
  await open(page, "threads", "Threads");
  await page.getByRole("main").getByRole("listitem").first().waitFor();
  await look(page, "threads");
  await page.getByRole("main").getByRole("listitem").first().getByRole("link").click();
  await page.getByText("Its last run failed").waitFor();
  await page.getByText("Events", { exact: true }).click();
  await look(page, "thread");
  await press(page, "Delete");
  await page.getByRole("dialog").waitFor();
  await look(page, "delete");
  await press(page, "Cancel");
  await talkLong(page);
  await open(page, "runs", "Live runs");
  await press(page, "Watch the run of default");
  await page.getByText("TEXT_MESSAGE_CONTENT").waitFor();
  await look(page, "runs");
  await press(page, "Stop the run of default");
  await page.getByText("Nothing runs").waitFor();
  await look(page, "runs-empty");
  await open(page, "usage", "Usage");
  await page.locator("main .loading").waitFor({ state: "detached" });
  await look(page, "usage");
  await open(page, "configuration", "Configuration");
  await page.getByText("[server]").waitFor();
  await look(page, "configuration");
}

async function act(page) {
  await open(page, "chat/default", "Chat");
  await chat(page, "state", "Done. Ask");
  say({ state: JSON.parse(await page.getByRole("region", { name: "State" }).innerText()) });
  await chat(page, "interrupt", "I stop here");
  await page.getByLabel("Your answer").fill('{"go": "on"}');
  await press(page, "Answer");
  await page.getByRole("log").getByText("from where I stopped").waitFor();
  say({ resumed: await page.getByRole("log").getByText("Thank you.").innerText() });

  await talkLong(page);
  await open(page, "runs", "Live runs");
  await press(page, "Watch the run of default");
  const line = page.getByRole("region", { name: "Events of the run" }).getByText("TEXT_MESSAGE_CONTENT");
  await line.waitFor();
  const counted = async () => Number((await page.locator(".events .times").last().innerText()).slice(1));
  const before = await counted();
  await page.waitForFunction((before) => Number([...document.querySelectorAll(".events .times")].at(-1).textContent.slice(1)) > before + 5, before);
  say({ watched: before < (await counted()) });
  await press(page, "Stop the run of default");
  await page.getByText("The run has ended").waitFor();
  const end = page.locator(".events").getByText("RUN_ERROR");
  await end.first().waitFor();
  say({ stopped: await end.count() });

  await page.getByText("Chat with an agent").click();
  await heading(page, "Chat").waitFor();
  await open(page, "threads", "Threads");
  await page.getByRole("main").getByRole("listitem").nth(1).getByRole("link").click();
  await press(page, "Rename");
  await page.getByLabel("Name of the thread").fill("A recipe for two");
  await press(page, "Save");
  await heading(page, "A recipe for two").waitFor();
  await press(page, "Archive");
  await page.getByText("Archived", { exact: true }).waitFor();
  await open(page, "threads", "Threads");
  const list = page.getByRole("region", { name: "Threads" }).getByRole("listitem");
  await page.getByText("1 thread", { exact: true }).waitFor();
  say({ unarchived: await list.count() });
  await page.getByLabel("Show archived").check();
  await page.getByText("2 threads", { exact: true }).waitFor();
  await page.getByLabel("Search").fill("RECIPE");
  await page.getByText("1 thread found among 2 threads").waitFor();
  say({ found: await list.innerText() });
  await list.getByRole("link").click();
  await heading(page, "A recipe for two").waitFor();
  await press(page, "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await heading(page, "Threads").waitFor();
  await page.getByText("1 thread", { exact: true }).waitFor();

  // By keyboard alone: past the frame to the content, and through the views.
  await open(page, "overview", "Overview");
  await page.reload();
  await heading(page, "Overview").waitFor();
  await page.keyboard.press("Tab");
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  say({ first: await focused() });
  for (let tabs = 0; tabs < 4; tabs += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await heading(page, "Threads").waitFor();
  await press(page, /^Theme/, { exact: false });
  say({ theme: await page.evaluate(() => document.documentElement.dataset.theme) });
}

async function hostile(page) {
  await open(page, "overview", "Overview");
  const card = page.getByRole("article").filter({ hasText: job.agent });
  await card.getByRole("link").click();
  await heading(page, "Chat").waitFor();
  await page.getByText("What runs are given").click();
  await page.getByLabel("Tools that you answer for").fill(JSON.stringify([{ name: job.agent, description: job.agent }]));
  await chat(page, job.agent, job.agent);
  await page.getByRole("form").filter({ hasText: "calls your tool" }).waitFor();
  await page.locator("summary").evaluateAll((all) => all.forEach((it) => (it.parentElement.open = true)));
  await chat(page, "error", job.agent);
  await page.getByRole("alert").waitFor();
  say({ alert: await page.getByRole("alert").innerText() });
  const thread = await page.locator("aside a").innerText();
  const named = await page.evaluate(
    ([path, name]) => fetch(path, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }) }).then((it) => it.status),
    [`api/copilotkit/threads/${thread}`, job.agent],
  );
  await open(page, "threads", "Threads");
  await page.getByRole("main").getByRole("link").filter({ hasText: job.agent }).click();
  await heading(page, job.agent).waitFor();
  await page.getByText("Its last run failed").waitFor();
  await page.locator("summary").evaluateAll((all) => all.forEach((it) => (it.parentElement.open = true)));
  await press(page, "Delete");
  say({ dialog: await page.getByRole("dialog").innerText(), named });
  await page.goto(`${job.url}#threads/${encodeURIComponent(job.agent)}?owner=${encodeURIComponent(job.agent)}`);
  await page.getByText("No messages").waitFor();
  await page.goto(`${job.url}#${encodeURIComponent(job.agent)}/%`);
  await heading(page, "Overview").waitFor();
  const found = await page.evaluate(() => ({ ran: globalThis.hurt === true, markup: document.querySelectorAll("img, script:not([type=module]), iframe, b").length }));
  say(found);
}

async function signIn(page) {
  await page.getByLabel("API key or token").fill(job.key);
  await press(page, "Sign in");
  await heading(page, "Overview").waitFor();
  await page.getByText("You are").waitFor();
  say({ you: await page.locator("dt", { hasText: "You are" }).locator("xpath=..").innerText() });
}

async function locked(page) {
  await page.goto(job.url);
  await page.getByLabel("API key or token").fill("wrong");
  await press(page, "Sign in");
  await page.getByText("does not take this key").waitFor();
  await signIn(page);
  await open(page, "chat/default", "Chat");
  await chat(page, "hello", "Hello!");
  await open(page, "configuration", "Configuration");
  await page.getByText("Only admins see the configuration").waitFor();
  say({ address: page.url(), stored: await page.evaluate(() => [Object.values(sessionStorage), Object.values(localStorage), document.cookie]) });
  await press(page, "Sign out");
  await page.getByLabel("API key or token").waitFor();
  await press(page, "Cancel");
  await page.getByRole("alert").waitFor();
  say({ refused: await page.getByRole("alert").innerText() });
}

// What an admin does with what `owner` has.
async function admin(page) {
  await page.goto(job.url);
  await signIn(page);
  await open(page, "threads", "Threads");
  await page.getByText("No threads yet").waitFor();
  await page.getByLabel("Owner").fill(job.owner);
  await page.keyboard.press("Enter");
  await page.getByRole("main").getByRole("listitem").getByRole("link").click();
  await page.getByRole("log").getByText("Hello!").waitFor();
  // A run that goes on can be stopped besides.
  await page.getByRole("log").getByText("in my place").waitFor();
  await page.getByRole("button", { name: "Stop the run" }).waitFor({ state: "detached" });
  say({ actions: await page.getByRole("main").getByRole("button").allInnerTexts() });
  await press(page, "Delete");
  await page.getByRole("dialog").getByText(job.owner).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText(`${job.owner} has no threads`).waitFor();
}

(async () => {
  const browser = await chromium.launch({ executablePath: job.chromium, args: ["--no-sandbox"] });
  const [width, height] = job.size ?? [1440, 900];
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: job.scheme ?? "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(job.patience ?? 60_000);
  const complaints = watch(page);
  await { walk, act, hostile, locked, admin }[job.mode](page);
  say({ complaints });
  await browser.close();
})().catch(async (error) => {
  console.error(error);
  process.exit(1);
});
