// An agent that stops to ask: the question is drawn in the chat, and the answer goes back to the agent.
import { useLangGraphInterrupt } from "@copilotkit/react-core";
import { CopilotChat } from "@copilotkit/react-ui";

import { Question } from "../question.jsx";

export function Interrupt() {
  useLangGraphInterrupt({
    render: ({ event, resolve }) => <Question text={questionOf(event.value)} answer={resolve} />,
  });

  return <CopilotChat className="full" labels={{ title: "Assistant", initial: "Say “interrupt”, and I ask you something." }} />;
}

// Up to 1.10 a text; from 1.50 on the interrupt itself.
const questionOf = (value) => (typeof value === "string" ? value : value?.message);
