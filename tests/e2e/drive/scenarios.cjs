// What people do with the apps, and what they must see then.
const assert = require("node:assert/strict");
const path = require("node:path");

const { READY } = require("./page.cjs");

const PICTURE = path.join(__dirname, "picture.png");
// How the demo agent ends when it has cooked.
const COOKED = "Done. Ask for the state again";

// Each takes a page and {job, open, thread}: `open` opens another tab, `thread` is a thread of the scenario's own.
exports.scenarios = (generation) => {
  const graphql = generation === "1.10";
  const v2 = generation === "v2";

  async function the_quickstart_answers(page, { thread }) {
    await page.open({ page: "chat", thread });
    await page.input.waitFor();
    await page.shot("opened");
    await page.say("hello there");
    await page.answered("in my place.");
    assert.match(await page.lastAnswer(), /I heard “hello there”/);
    await page.shot("answered");
    await page.say("and again");
    await page.answered("I heard “and again”");
    assert.equal(await page.questions.count(), 2);
  }

  async function streams_word_by_word(page, { thread }) {
    await page.open({ page: "chat", agent: "slow", thread });
    const lengths = await page.grows(() => page.say("talk"), "tok19", "tok5 ");
    // A browser that has much to do paints several words at once.
    assert(lengths.length > 3, `the answer came in ${lengths.length} pieces`);
    assert.deepEqual(lengths, lengths.toSorted((a, b) => a - b), "an answer only grows");
  }

  async function popup(page, { thread }) {
    await page.open({ page: "popup", agent: "demo", thread });
    await page.opener.click();
    await page.say("hello popup");
    await page.answered("I heard “hello popup”");
    await page.shot("answered");
  }

  async function sidebar(page, { thread }) {
    await page.open({ page: "sidebar", agent: "demo", thread });
    await page.opener.click();
    await page.say("hello sidebar");
    await page.answered("I heard “hello sidebar”");
    await page.shot("answered");
  }

  async function a_tool_of_the_page_is_called_and_drawn(page, { thread }) {
    await page.open({ page: "trip", agent: "demo", thread });
    await page.say("addCity please");
    await page.part("city-card").filter({ hasText: "Added Oslo" }).waitFor();
    await page.part("cities").filter({ hasText: "Oslo" }).waitFor();
    await page.answered("gave back `Oslo is on the list`".replaceAll("`", ""));
    assert.equal(await page.part("city-card").count(), 1);
    assert.deepEqual(await page.part("cities").locator("li").allInnerTexts(), ["Bergen", "Oslo"]);
    await page.shot("done");
  }

  async function a_tool_of_the_backend_is_drawn(page, { thread }) {
    await page.open({ page: "weather", agent: "weather", thread });
    await page.say("weather?");
    await page.part("weather-card").filter({ hasText: "Weather in Oslo: 7 °C" }).waitFor();
    await page.answered("It is 7 degrees.");
    await page.shot("done");
  }

  async function the_user_is_asked_and_answers(page, { thread }) {
    await page.open({ page: "trip", agent: "demo", thread });
    await page.say("bookTrip please");
    const card = page.part("approval");
    await card.getByRole("button", { name: "Yes, book it" }).waitFor();
    await page.shot("asked");
    await card.getByRole("button", { name: "Yes, book it" }).click();
    await card.filter({ hasText: "Answered." }).waitFor();
    await page.answered("gave back yes, booked");
    await page.shot("answered");
  }

  async function state_is_shared_both_ways(page, { thread }) {
    await page.open({ page: "recipe", agent: "demo", thread });
    await page.say("state");
    await page.part("cooked").filter({ hasText: "Cooked 1 times" }).waitFor();
    await page.part("steps").filter({ hasText: "☑ Heat the oven" }).waitFor();
    // Their newest API has no way to draw state in the chat.
    if (!v2) await page.part("progress").filter({ hasText: "of 4 steps done" }).first().waitFor();
    await page.shot("cooking");
    await page.part("steps").filter({ hasText: "☑ Bake for ten minutes" }).waitFor();
    await page.answered(COOKED);
    await page.over();
    // What the page changes is what the agent finds.
    const { servings, next } = { servings: 2, next: 3 };
    await page.part("servings").filter({ hasText: `${servings}` }).waitFor();
    await page.page.getByRole("button", { name: "One more guest" }).click();
    await page.part("servings").filter({ hasText: `${next}` }).waitFor();
    await page.say("state");
    await page.part("cooked").filter({ hasText: "Cooked 2 times" }).waitFor();
    await page.part("steps").filter({ hasText: "☑ Bake for ten minutes" }).waitFor();
    await page.answers.filter({ hasText: COOKED }).nth(1).waitFor();
    assert.equal(await page.part("servings").innerText(), `${next}`);
    await page.shot("cooked-for-three");
  }

  async function an_interrupt_is_answered(page, { thread }) {
    await page.open({ page: "interrupt", agent: "demo", thread });
    await page.say("interrupt");
    const card = page.part("question");
    await card.filter({ hasText: "shall it go on?" }).waitFor();
    await page.shot("asked");
    await card.getByLabel("Your answer").fill("go on");
    await card.getByRole("button", { name: "Answer" }).click();
    await page.answered("Your answer was “go on”");
    await card.waitFor({ state: "detached" });
    await page.shot("answered");
  }

  async function suggestions_are_made_and_used(page, { thread }) {
    await page.open({ page: "suggestions", thread });
    const suggestion = page.suggestions.filter({ hasText: "State" }).first();
    await suggestion.waitFor();
    await page.shot("suggested");
    await suggestion.click();
    await page.questions.filter({ hasText: "Show me your state" }).waitFor();
    await page.answered(COOKED);
    await page.shot("taken");
  }

  async function suggestions_of_the_page_are_used(page, { thread }) {
    await page.open({ page: "starters", agent: "demo", thread });
    const suggestion = page.suggestions.filter({ hasText: "Watch it cook" }).first();
    await suggestion.waitFor();
    await page.shot("suggested");
    await page.ready();
    await suggestion.click();
    await page.questions.filter({ hasText: "Show me your state" }).waitFor();
    await page.answered(COOKED);
    await page.shot("taken");
  }

  async function stop_stops(page, { thread }) {
    await page.open({ page: "chat", agent: "slow", thread });
    await page.say("talk");
    await page.answered("tok3 ");
    await page.stop();
    await page.settled();
    const said = await page.lastAnswer();
    assert(!said.includes("tok19"), said);
    await page.shot("stopped");
    // What was said stays, and the chat goes on.
    await page.say("again");
    await page.answers.nth(v2 ? 1 : 2).waitFor();
    await page.stop();
  }

  async function a_reload_in_the_midst(page, { thread }) {
    await page.open({ page: "chat", agent: "demo", thread });
    await page.say("a long story");
    await page.answered("This is sentence 2 of 60");
    page.forgive(/network error/); // The page that is left says so of the answer that it was reading.
    await page.reload({ midst: true });
    await page.questions.filter({ hasText: "a long story" }).waitFor();
    await page.answered("This is sentence 2 of 60");
    await page.shot("reloaded");
    if (graphql) return; // Its run went with its client, as upstream has it.
    await page.answered("This is sentence 4 of 60");
    await page.stop();
    await page.shot("stopped");
  }

  async function history_is_there_after_a_reload(page, { thread }) {
    await page.open({ page: "chat", agent: "demo", thread });
    await page.say("remember me");
    await page.answered("in my place.");
    const said = await page.answers.allInnerTexts();
    await page.reload();
    await page.questions.filter({ hasText: "remember me" }).waitFor();
    await page.answered("in my place.");
    assert.equal((await page.answers.allInnerTexts()).at(-1).trim(), said.at(-1).trim());
    await page.shot("reloaded");
    await page.say("and now");
    await page.answered("I heard “and now”");
  }

  async function an_answer_is_asked_for_again(page, { thread }) {
    await page.open({ page: "chat", agent: "demo", thread });
    await page.say("hello again");
    await page.answered("in my place.");
    await page.over();
    const shown = await page.answers.count();
    const asked = page.page.waitForRequest((request) => request.method() === "POST" && /hello again/.test(request.postData() ?? ""));
    await page.page.getByRole("button", { name: "Regenerate response" }).last().click();
    await asked;
    await page.settled();
    await page.answered("in my place.");
    // The new answer takes the place of the old one.
    assert.deepEqual([await page.answers.count(), await page.questions.count()], [shown, 1]);
    await page.reload();
    await page.answered("in my place.");
    // AG-UI replays a thread run by run, both of them; upstream's runtime does too.
    assert.equal(await page.page.getByText("I heard “hello again”").count(), graphql ? 1 : 2);
    await page.shot("reloaded");
  }

  async function an_error_is_shown(page, { thread }) {
    // The packages write what they show into the console too.
    page.forgive(/This is the error that you asked the demo agent for\./);
    await page.open({ page: "chat", agent: "demo", thread });
    await page.say("error");
    await page.answered("As you wish: this run ends with an");
    await page.page.getByText("This is the error that you asked the demo agent for.").first().waitFor();
    await page.settled();
    await page.shot("shown");
    await page.say("hello after all");
    await page.answered("I heard “hello after all”");
  }

  async function an_image_reaches_the_model(page, { thread }) {
    await page.open({ page: "chat", agent: "model", thread });
    await page.input.waitFor();
    await page.page.locator('input[type="file"]').first().setInputFiles(PICTURE);
    await page.page.locator('img[src^="data:image/png"], img[src^="blob:"]').first().waitFor();
    await page.shot("attached");
    await page.say("what is this?");
    await page.answered("Hello, world!");
    await page.questions.locator("img").waitFor();
    await page.shot("answered");
  }

  async function two_tabs_on_one_thread(page, { open, thread }) {
    await page.open({ page: "chat", agent: "demo", thread });
    await page.say("hello from the first tab");
    await page.answered("in my place.");
    const other = await open();
    await other.open({ page: "chat", agent: "demo", thread });
    await other.ready();
    await other.answered("I heard “hello from the first tab”");
    await other.shot("found");
    await other.say("hello from the second tab");
    await other.answered("I heard “hello from the second tab”");
    await other.settled();
    await page.reload();
    await page.answered("I heard “hello from the second tab”");
    assert.equal(await page.questions.count(), 2);
    await page.shot("both");
  }

  async function cookies_come_along(page, { thread, job }) {
    await page.page.context().addCookies([{ name: "session", value: "s3cret", url: job.runtime }]);
    // Of a connect that the page takes back nobody sees which headers it had.
    const asks = (request) => request.method() === "POST" && request.url().startsWith(job.runtime) && !request.url().endsWith("/connect");
    const asked = page.page.waitForRequest(asks);
    await page.open({ page: "chat", agent: "demo", thread, credentials: "include" });
    await page.say("hello with a cookie");
    await page.answered("I heard “hello with a cookie”");
    const headers = await (await asked).allHeaders();
    assert.match(headers.cookie ?? "", /session=s3cret/);
    assert.equal(headers.origin, job.origin);
    await page.shot("answered");
  }

  async function an_agent_draws_its_own_interface(page, { thread }) {
    await page.open({ page: "chat", agent: "drawing", thread });
    await page.say("a2ui");
    await page.page.getByText("Hello A2UI").waitFor();
    await page.shot("a2ui");
    await page.say("ogui");
    await page.page.frameLocator("iframe").getByText("hello").first().waitFor();
    await page.shot("sandbox");
  }

  async function a_page_of_another_origin_is_refused(page, { thread, job }) {
    page.forgive(/./); // Browsers write into the console what they refuse.
    page.refused = [];
    const refused = page.page.waitForEvent("requestfailed");
    await page.open({ page: "chat", agent: "demo", thread }, `http://localhost:${job.port}`);
    await refused;
    assert(page.refused.length > 0);
    await page.shot("refused");
  }

  async function one_thread_in_both(page, { thread, job }) {
    await page.open({ port: new URL(job.runtime).port, thread });
    const [classic, current] = ["1.10.6", "1.74.0"].map((version) => page.page.frameLocator(`iframe[title="CopilotKit ${version}"]`));
    const say = async (frame, text) => {
      await frame.locator("textarea").fill(text);
      await frame.locator(`${READY["1.10"]}, ${READY.v2}`).waitFor();
      await frame.locator("textarea").press("Enter");
    };
    await say(classic, "hello from the packages of 2025");
    await current.getByText("I heard “hello from the packages of 2025”").waitFor();
    for (const frame of [classic, current]) await frame.getByText("in my place.").waitFor();
    await page.shot("from-the-old");
    await say(current, "now show me your state");
    for (const frame of [current, classic]) await frame.getByText(COOKED).waitFor();
    await page.shot("from-the-new");
  }

  const all = {
    the_quickstart_answers,
    streams_word_by_word,
    popup,
    sidebar,
    a_tool_of_the_page_is_called_and_drawn,
    a_tool_of_the_backend_is_drawn,
    the_user_is_asked_and_answers,
    state_is_shared_both_ways,
    an_interrupt_is_answered,
    suggestions_are_made_and_used,
    suggestions_of_the_page_are_used,
    stop_stops,
    a_reload_in_the_midst,
    history_is_there_after_a_reload,
    an_answer_is_asked_for_again,
    an_error_is_shown,
    an_image_reaches_the_model,
    two_tabs_on_one_thread,
    cookies_come_along,
    a_page_of_another_origin_is_refused,
  };
  if (generation === "demo") return { one_thread_in_both };
  if (v2) {
    // Its chat leaves it to the app to offer that.
    const { an_answer_is_asked_for_again: _, ...others } = all;
    return { ...others, an_agent_draws_its_own_interface };
  }
  if (graphql) return all;
  // 1.74.0's own faults, the same before upstream's runtime: its old hook for suggestions makes the chat connect and ask in a
  // circle; and what its old hook draws for a backend's tool is put into a list that is made anew where anything else draws
  // tools.
  const { suggestions_are_made_and_used: _, a_tool_of_the_backend_is_drawn: __, ...others } = all;
  return others;
};
