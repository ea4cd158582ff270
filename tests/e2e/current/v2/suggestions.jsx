// Suggestions of what to say next.
import { CopilotChat, useConfigureSuggestions } from "@copilotkit/react-core/v2";

import { agent, threadId } from "../../pages/asked.js";

// Which a model makes.
export function Suggestions() {
  useConfigureSuggestions({ instructions: "Suggest what the user may ask about pizza.", maxSuggestions: 2, available: "always" });
  return <Chat />;
}

// Which the page itself makes.
export function Starters() {
  useConfigureSuggestions({ suggestions: [{ title: "Watch it cook", message: "Show me your state" }], available: "always" });
  return <Chat />;
}

function Chat() {
  return (
    <div className="full">
      <CopilotChat agentId={agent} threadId={threadId} />
    </div>
  );
}
