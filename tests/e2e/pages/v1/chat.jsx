// The three ways to put a chat on a page.
import { CopilotChat, CopilotPopup, CopilotSidebar } from "@copilotkit/react-ui";

const labels = { title: "Assistant", initial: "Hi! How can I help you today?" };

export function Chat() {
  return <CopilotChat className="full" labels={labels} imageUploadsEnabled={true} />;
}

export function Popup() {
  return (
    <>
      <Content />
      <CopilotPopup labels={labels} />
    </>
  );
}

export function Sidebar() {
  return (
    <CopilotSidebar labels={labels}>
      <Content />
    </CopilotSidebar>
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
