// State that the agent and the page share.
import { CopilotSidebar, useAgent } from "@copilotkit/react-core/v2";

import { agent as agentId, threadId } from "../../pages/asked.js";
import { RecipeCard } from "../../pages/recipe-card.jsx";

export function Recipe() {
  const { agent } = useAgent({ agentId });
  return (
    <>
      <RecipeCard state={agent.state} setState={(state) => agent.setState(state)} running={agent.isRunning} />
      <CopilotSidebar agentId={agentId} threadId={threadId} defaultOpen={true} labels={{ modalHeaderTitle: "Cook" }} />
    </>
  );
}
