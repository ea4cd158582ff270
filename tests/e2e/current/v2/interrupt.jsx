// An agent that stops to ask: the question is drawn in the chat, and the answer goes back to the agent.
import { CopilotChat, useInterrupt } from "@copilotkit/react-core/v2";

import { agent, threadId } from "../../pages/asked.js";
import { Question } from "../../pages/question.jsx";

export function Interrupt() {
  useInterrupt({
    agentId: agent,
    render: ({ interrupt, resolve }) => <Question text={interrupt?.message} answer={resolve} />,
  });

  return (
    <div className="full">
      <CopilotChat agentId={agent} threadId={threadId} />
    </div>
  );
}
