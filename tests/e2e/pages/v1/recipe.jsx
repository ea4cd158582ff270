// State that the agent and the page share, drawn in the page and, while the agent works, in the chat.
import { useCoAgent, useCoAgentStateRender } from "@copilotkit/react-core";
import { CopilotSidebar } from "@copilotkit/react-ui";

import { agent } from "../asked.js";
import { RecipeCard, progress } from "../recipe-card.jsx";

export function Recipe() {
  const { state, setState, running } = useCoAgent({ name: agent, initialState: { recipe: { title: "apple pie", servings: 2 } } });

  useCoAgentStateRender({
    name: agent,
    render: ({ state }) => <div className="card" data-testid="progress">{progress(state)}</div>,
  });

  return (
    <CopilotSidebar defaultOpen={true} clickOutsideToClose={false} labels={{ title: "Cook", initial: "Say “state” and watch." }}>
      <RecipeCard state={state} setState={setState} running={running} />
    </CopilotSidebar>
  );
}
