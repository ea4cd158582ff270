// A tool of the backend, which the page only draws.
import { CopilotChat, useRenderTool } from "@copilotkit/react-core/v2";
import { z } from "zod";

import { agent, threadId } from "../../pages/asked.js";

export function Weather() {
  useRenderTool({
    name: "getWeather",
    parameters: z.object({ city: z.string() }),
    render: ({ status, parameters, result }) => (
      <div className="card" data-testid="weather-card">
        Weather in <b>{parameters.city}</b>: {status === "complete" ? `${JSON.parse(result).temp} °C` : "…"}
      </div>
    ),
  });

  return (
    <div className="full">
      <CopilotChat agentId={agent} threadId={threadId} />
    </div>
  );
}
