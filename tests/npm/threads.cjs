// What `useThreads` and the drawer of threads are built on: @copilotkit/core's store of threads, unmodified. `node threads.cjs < job.json`,
// one JSON line after each step.
//
// The job: {client, url, agent, limit, steps}. A step is {more: true}, {rename: ID, to: NAME}, {archive: ID}, {unarchive: ID},
// {delete: ID} or {archived: BOOL}, which lists anew, with or without what was put away.
const job = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const sdk = require(job.client);
console.warn = console.error = () => {};

async function main() {
  const store = sdk.ɵcreateThreadStore({ fetch });
  const list = (includeArchived) =>
    store.setContext({ runtimeUrl: job.url, headers: {}, agentId: job.agent, limit: job.limit, includeArchived });
  const calm = ({ isLoading, isFetchingNextPage, inFlightMutationCount, context }) =>
    context && !isLoading && !isFetchingNextPage && !inFlightMutationCount;
  const say = async () => {
    do await new Promise((soon) => setTimeout(soon, 20));
    while (!calm(store.getState()));
    const { threads, nextCursor, error, fetchMoreError } = store.getState();
    const told = { threads, more: nextCursor !== null, error: error?.message ?? fetchMoreError?.message ?? null };
    process.stdout.write(JSON.stringify(told) + "\n");
  };
  store.start();
  list(false);
  await say();
  for (const step of job.steps) {
    let failed;
    if (step.more) store.fetchNextPage();
    else if ("archived" in step) list(step.archived);
    else if (step.rename) failed = store.renameThread(step.rename, step.to);
    else if (step.archive) failed = store.archiveThread(step.archive);
    else if (step.unarchive) failed = store.unarchiveThread(step.unarchive);
    else if (step.delete) failed = store.deleteThread(step.delete);
    await failed;
    await say();
  }
  process.exit(0);
}
main();
