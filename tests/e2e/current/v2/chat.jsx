// The three ways to put a chat on a page.
import { useState } from "react";
import { CopilotChat, CopilotPopup, CopilotSidebar } from "@copilotkit/react-core/v2";

import { agent, threadId } from "../../pages/asked.js";

const labels = { welcomeMessageText: "Hi! How can I help you today?", modalHeaderTitle: "Assistant" };

export function Chat() {
  // This API leaves it to the app to show what went wrong.
  const [error, setError] = useState();
  return (
    <div className="full">
      {error && <p className="error" role="alert">{error.message}</p>}
      <CopilotChat
        agentId={agent}
        threadId={threadId}
        labels={labels}
        attachments={{ enabled: true, accept: "image/*" }}
        onError={({ error }) => setError(error)}
      />
    </div>
  );
}

export function Popup() {
  return (
    <>
      <Content />
      <CopilotPopup agentId={agent} threadId={threadId} labels={labels} defaultOpen={false} />
    </>
  );
}

export function Sidebar() {
  return (
    <>
      <Content />
      <CopilotSidebar agentId={agent} threadId={threadId} labels={labels} defaultOpen={false} />
    </>
  );
}

function Content() {
  return (
    <main>
      <h1>My app</h1>
      <p>This is the app; the assistant opens at the corner.</p>
    </main>
  );
}
