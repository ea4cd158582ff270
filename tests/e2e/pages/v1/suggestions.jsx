// Suggestions of what to say next.
import { CopilotChat, useCopilotChatSuggestions } from "@copilotkit/react-ui";

const labels = { title: "Assistant", initial: "Ask me about pizza." };

// Which a model makes.
export function Suggestions() {
  useCopilotChatSuggestions({ instructions: "Suggest what the user may ask about pizza.", maxSuggestions: 2 });
  return <CopilotChat className="full" labels={labels} />;
}

// Which the page itself makes.
export function Starters() {
  return <CopilotChat className="full" labels={labels} suggestions={starters} />;
}

const starters = [{ title: "Watch it cook", message: "Show me your state" }];
