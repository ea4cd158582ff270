// Tools of the page: one that does something and shows it, one that asks the user.
import { useState } from "react";
import { CopilotSidebar, useAgentContext, useFrontendTool, useHumanInTheLoop } from "@copilotkit/react-core/v2";
import { z } from "zod";

import { agent, threadId } from "../../pages/asked.js";

export function Trip() {
  const [cities, setCities] = useState(["Bergen"]);

  useAgentContext({ description: "The cities on the user's trip", value: cities });

  useFrontendTool({
    name: "addCity",
    description: "Adds a city to the trip",
    parameters: z.object({ city: z.string().describe("Which city") }),
    handler: async ({ city }) => {
      setCities((cities) => [...cities, city]);
      return `${city} is on the list`;
    },
    render: ({ status, args }) => (
      <div className="card" data-testid="city-card">
        {status === "complete" ? "Added" : "Adding"} <b>{args.city}</b>
      </div>
    ),
  });

  useHumanInTheLoop({
    name: "bookTrip",
    description: "Books the trip, if the user agrees",
    parameters: z.object({ city: z.string().describe("Where the trip begins") }),
    render: ({ status, args, respond }) => (
      <div className="card" data-testid="approval">
        Book a trip from <b>{args.city}</b>?
        {status === "executing" && (
          <>
            <button onClick={() => respond("yes, booked")}>Yes, book it</button>
            <button onClick={() => respond("no")}>No</button>
          </>
        )}
        {status === "complete" && " Answered."}
      </div>
    ),
  });

  return (
    <>
      <main>
        <h1>My trip</h1>
        <ul data-testid="cities">
          {cities.map((city, index) => (
            <li key={index}>{city}</li>
          ))}
        </ul>
      </main>
      <CopilotSidebar agentId={agent} threadId={threadId} defaultOpen={true} labels={{ modalHeaderTitle: "Assistant" }} />
    </>
  );
}
