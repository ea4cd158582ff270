// Suggestions of what to say next, which a model makes.
import { CopilotChat, useConfigureSuggestions } from "@copilotkit/react-core/v2";

import { agent, threadId } from "../../pages/asked.js";

export function Suggestions() {
  useConfigureSuggestions({ instructions: "Suggest what the user may ask about pizza.", maxSuggestions: 2, available: "always" });
  return (
    <div className="full">
      <CopilotChat agentId={agent} threadId={threadId} />
    </div>
  );
}
