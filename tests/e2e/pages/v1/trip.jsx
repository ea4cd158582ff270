// Tools of the page: one that does something and shows it, one that asks the user.
import { useState } from "react";
import { useCopilotAction, useCopilotReadable } from "@copilotkit/react-core";
import { CopilotSidebar } from "@copilotkit/react-ui";

export function Trip() {
  const [cities, setCities] = useState(["Bergen"]);

  useCopilotReadable({ description: "The cities on the user's trip", value: cities });

  useCopilotAction({
    name: "addCity",
    description: "Adds a city to the trip",
    parameters: [{ name: "city", type: "string", description: "Which city", required: true }],
    handler: ({ city }) => {
      setCities((cities) => [...cities, city]);
      return `${city} is on the list`;
    },
    render: ({ status, args }) => (
      <div className="card" data-testid="city-card">
        {status === "complete" ? "Added" : "Adding"} <b>{args.city}</b>
      </div>
    ),
  });

  useCopilotAction({
    name: "bookTrip",
    description: "Books the trip, if the user agrees",
    parameters: [{ name: "city", type: "string", description: "Where the trip begins", required: true }],
    renderAndWaitForResponse: ({ status, args, respond }) => (
      <div className="card" data-testid="approval">
        Book a trip from <b>{args.city}</b>?
        {status === "executing" && (
          <>
            <button onClick={() => respond?.("yes, booked")}>Yes, book it</button>
            <button onClick={() => respond?.("no")}>No</button>
          </>
        )}
        {status === "complete" && " Answered."}
      </div>
    ),
  });

  return (
    <CopilotSidebar defaultOpen={true} labels={{ title: "Assistant", initial: "Where shall we go?" }}>
      <main>
        <h1>My trip</h1>
        <ul data-testid="cities">
          {cities.map((city, index) => (
            <li key={index}>{city}</li>
          ))}
        </ul>
      </main>
    </CopilotSidebar>
  );
}
