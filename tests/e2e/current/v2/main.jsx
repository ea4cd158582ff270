// The quickstart of CopilotKit's second API, which speaks AG-UI only: <CopilotKitProvider> around the app.
import { createRoot } from "react-dom/client";
import { CopilotKitProvider } from "@copilotkit/react-core/v2";
import "@copilotkit/react-core/v2/styles.css";
import "../../pages/app.css";

import { credentials, page, runtimeUrl } from "../../pages/asked.js";
import { Chat, Popup, Sidebar } from "./chat.jsx";
import { Interrupt } from "./interrupt.jsx";
import { Recipe } from "./recipe.jsx";
import { Starters, Suggestions } from "./suggestions.jsx";
import { Trip } from "./trip.jsx";
import { Weather } from "./weather.jsx";

const pages = { chat: Chat, popup: Popup, sidebar: Sidebar, interrupt: Interrupt, recipe: Recipe, starters: Starters, suggestions: Suggestions, trip: Trip, weather: Weather };
const Page = pages[page];

createRoot(document.getElementById("root")).render(
  <CopilotKitProvider runtimeUrl={runtimeUrl} credentials={credentials} enableInspector={false}>
    <Page />
  </CopilotKitProvider>,
);
