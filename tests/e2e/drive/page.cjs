// A page of one of the apps in the browser, in the words of who uses it, and what went wrong on it.
//
// The packages mark their parts with the same names in every generation, or with names that differ a little.
const ANSWERS = { "1.10": ".copilotKitAssistantMessage", v1: ".copilotKitAssistantMessage", v2: '[data-testid="copilot-assistant-message"]' };
const READY = {
  "1.10": '[data-test-id="copilot-chat-ready"]:enabled',
  v1: '[data-test-id="copilot-chat-ready"][aria-label="Send"]:enabled',
  v2: '[data-testid="copilot-send-button"]:enabled',
};
const QUESTION = ".copilotKitUserMessage";
const SUGGESTION = '[data-test-id="suggestion"], [data-testid="copilot-suggestion"]';
const OPENER = '.copilotKitButton, [data-testid="copilot-chat-toggle"]';
const STOP = '[data-copilotkit-in-progress="true"], [data-testid="copilot-send-button"]';

const name = (request) => `${request.method()} ${new URL(request.url()).pathname}`;

class Page {
  // `refused` is a list where the browser is expected to refuse what the page asks. `job` tells where things are, `scenario` what the screenshots are called after.
  constructor(job, scenario, page) {
    Object.assign(this, { job, scenario, page, failures: [], cancelled: [], complaints: [], refused: undefined, asking: new Set(), forgiven: [], shots: 0, label: "" });
    page.setDefaultTimeout(job.patience);
    page.on("console", (message) => message.type() === "error" && this.#complains(message.text()));
    page.on("pageerror", (error) => this.#complains(String(error)));
    page.on("request", (request) => {
      this.asking.add(request);
      if (/\/connect$/.test(new URL(request.url()).pathname)) this.onConnect?.();
    });
    page.on("requestfinished", (request) => this.#ended(request));
    page.on("response", (response) => response.ok() || this.failures.push(`${name(response.request())}: ${response.status()}`));
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // What the page itself no longer wants. (Who else cuts a request off is told of as reset, closed or incomplete.)
      if (why === "net::ERR_ABORTED") this.cancelled.push(name(request));
      else if (this.refused && why === "net::ERR_FAILED") this.refused.push(name(request));
      else this.failures.push(`${name(request)}: ${why}`);
      this.#ended(request);
    });
  }

  #complains(text) {
    if (!this.forgiven.some((pattern) => pattern.test(text))) this.complaints.push(text);
  }

  // From now on the page may complain of this.
  forgive(...patterns) {
    this.forgiven.push(...patterns);
  }

  #ended(request) {
    this.asking.delete(request);
    if (!this.asking.size) this.onSettled?.();
  }

  // Waits until nothing is asked any more: no run goes on.
  async settled() {
    if (!this.asking.size) return;
    const settled = new Promise((settled) => (this.onSettled = settled));
    await this.inTime(settled, () => `still asking: ${[...this.asking].map((it) => it.url())}`);
  }

  // What comes of `promise`, unless the test's patience ends first.
  async inTime(promise, why) {
    let timer;
    const late = new Promise((_, failed) => {
      timer = setTimeout(() => failed(new Error(typeof why === "string" ? why : why())), this.job.patience);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  // Opens a page of the app: {page, agent, thread, credentials}.
  async open(asked, origin = this.job.origin) {
    const query = new URLSearchParams({ runtime: this.job.runtime, ...asked });
    await this.#opens(() => this.page.goto(`${origin}/${this.job.html}?${query}`));
  }

  // Loads the page anew, and waits until it is as far as before; not if it is left in the midst of a run, which goes on.
  async reload({ midst = false } = {}) {
    await this.#opens(() => this.page.reload());
    if (!midst) await this.ready();
  }

  async #opens(act) {
    this.connected = new Promise((connected) => (this.onConnect = connected));
    await act();
  }

  // Waits until the page asks nothing, and has thought of nothing else to ask.
  async #quiet() {
    do {
      await this.settled();
      const idle = this.page.evaluate(() => new Promise((idle) => requestIdleCallback(idle)));
      await this.inTime(idle, "the page is never idle");
    } while (this.asking.size);
  }

  get input() {
    return this.page.locator("textarea");
  }
  get answers() {
    return this.page.locator(ANSWERS[this.job.generation]).filter({ hasText: /\S/ });
  }
  get questions() {
    return this.page.locator(QUESTION);
  }
  get suggestions() {
    return this.page.locator(SUGGESTION);
  }
  get opener() {
    return this.page.locator(OPENER).first();
  }
  part(name) {
    return this.page.getByTestId(name);
  }

  // Waits until the page has opened as far as people would let it before they do something.
  async ready() {
    // Today's packages, told by the old API, take up the thread once for each part of the chat: three times at once, and each
    // time what is shown begins anew with the thread's first message. Before the last has ended, whatever runtime answers, a
    // look may find half of the chat, and what is said is lost from sight.
    if (this.job.generation !== "v1") return;
    await this.inTime(this.connected, "the thread is not taken up");
    await this.#quiet();
  }

  // Says it once the chat is ready for it.
  async say(text) {
    await this.input.fill(text);
    await this.ready();
    await this.page.locator(READY[this.job.generation]).waitFor();
    await this.input.press("Enter");
  }

  // Waits until the chat would take the next message: the run is over.
  async over() {
    await this.input.fill("next");
    await this.page.locator(READY[this.job.generation]).waitFor();
    await this.input.fill("");
  }

  async stop() {
    await this.page.locator(STOP).first().click();
  }

  // Waits until the last answer has this text.
  answered(text) {
    return this.answers.filter({ hasText: text }).last().waitFor();
  }

  async lastAnswer() {
    return (await this.answers.last().innerText()).trim();
  }

  // Runs `act` and waits for an answer with `text`; gives the lengths that this answer had on the way. A screenshot is taken
  // once `midway` is there.
  async grows(act, text, midway) {
    const watched = this.page.evaluate(
      ([answer, end]) =>
        new Promise((seen) => {
          const lengths = [];
          const newest = () => [...document.querySelectorAll(answer)].at(-1)?.innerText.trim() ?? "";
          const before = newest();
          const look = () => {
            const last = newest();
            if (last.length && last !== before && lengths.at(-1) !== last.length) lengths.push(last.length);
            if (last.includes(end)) (observer.disconnect(), seen(lengths));
          };
          const observer = new MutationObserver(look);
          observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        }),
      [ANSWERS[this.job.generation], text],
    );
    await act();
    await this.answered(midway);
    await this.shot("midway");
    return this.inTime(watched, `no answer with ${text}`);
  }

  async shot(step) {
    this.shots += 1;
    await this.page.screenshot({ path: `${this.job.artifacts}/${this.scenario}${this.label}-${this.shots}-${step}.png` });
  }
}

module.exports = { Page, READY };
