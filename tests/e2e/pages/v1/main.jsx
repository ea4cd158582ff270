// The quickstart of CopilotKit up to 1.10, which the packages of today still run: <CopilotKit> around the app.
import { createRoot } from "react-dom/client";
import { CopilotKit } from "@copilotkit/react-core";
import "@copilotkit/react-ui/styles.css";
import "../app.css";

import { agent, credentials, page, runtimeUrl, showDevConsole, threadId } from "../asked.js";
import { Chat, Popup, Sidebar } from "./chat.jsx";
import { Interrupt } from "./interrupt.jsx";
import { Recipe } from "./recipe.jsx";
import { Starters, Suggestions } from "./suggestions.jsx";
import { Trip } from "./trip.jsx";
import { Weather } from "./weather.jsx";

const pages = { chat: Chat, popup: Popup, sidebar: Sidebar, interrupt: Interrupt, recipe: Recipe, starters: Starters, suggestions: Suggestions, trip: Trip, weather: Weather };
const Page = pages[page];

createRoot(document.getElementById("root")).render(
  <CopilotKit
    runtimeUrl={runtimeUrl}
    agent={agent}
    threadId={threadId}
    credentials={credentials}
    showDevConsole={showDevConsole}
    enableInspector={false}
  >
    <Page />
  </CopilotKit>,
);
