// What a page's address asks for: `?page=tools&runtime=http://…&agent=…&thread=…`. An app of one's own writes these down.
const asked = new URLSearchParams(window.location.search);

export const page = asked.get("page") ?? "chat";
export const runtimeUrl = asked.get("runtime") ?? "http://127.0.0.1:8000/api/copilotkit";
export const agent = asked.get("agent") ?? undefined;
export const threadId = asked.get("thread") ?? undefined;
export const credentials = asked.get("credentials") ?? undefined;
// Errors are shown where they happen, as on a developer's machine, unless the page is to be looked at by visitors.
export const showDevConsole = asked.get("visitor") === null;
