// A tool of the backend, which the page only draws.
import { useCopilotAction } from "@copilotkit/react-core";
import { CopilotChat } from "@copilotkit/react-ui";

export function Weather() {
  useCopilotAction({
    name: "getWeather",
    available: "disabled",
    parameters: [{ name: "city", type: "string" }],
    render: ({ status, args, result }) => (
      <div className="card" data-testid="weather-card">
        Weather in <b>{args.city}</b>: {status === "complete" ? `${celsius(result)} °C` : "…"}
      </div>
    ),
  });

  return <CopilotChat className="full" labels={{ title: "Assistant", initial: "Ask me about the weather." }} />;
}

// Some versions of the packages have parsed the result already.
const celsius = (result) => (typeof result === "string" ? JSON.parse(result) : result).temp;
