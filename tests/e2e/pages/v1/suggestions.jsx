// Suggestions of what to say next, which a model makes.
import { CopilotChat, useCopilotChatSuggestions } from "@copilotkit/react-ui";

export function Suggestions() {
  useCopilotChatSuggestions({ instructions: "Suggest what the user may ask about pizza.", maxSuggestions: 2 });
  return <CopilotChat className="full" labels={{ title: "Assistant", initial: "Ask me about pizza." }} />;
}
