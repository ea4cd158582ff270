"""A CopilotKit remote endpoint with LangGraph agents that need no model. They obey the user: `NAME {ARGUMENTS}` calls the
action NAME, anything else is said back."""

import asyncio
import json
import os
import uuid
from typing import Optional

from copilotkit import Action, CopilotKitRemoteEndpoint, CopilotKitState, LangGraphAgent
from copilotkit.integrations.fastapi import add_fastapi_endpoint
from copilotkit.langgraph import copilotkit_customize_config, copilotkit_emit_state, copilotkit_exit, copilotkit_interrupt
from fastapi import FastAPI
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import MemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt


def note(event: str, **more):
    """For the test, which reads along."""
    with open(os.environ.get("LOG", os.devnull), "a") as log:
        log.write(json.dumps({"event": event, **more}) + "\n")


class Model(BaseChatModel):
    """Says or calls what it is made for, in the chunks of an OpenAI model."""

    says: str = ""
    calls: Optional[str] = None
    arguments: str = "{}"

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.says))])

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        name = "run-" + str(uuid.uuid4())
        if self.calls:
            call = "call_" + str(uuid.uuid4())
            half = len(self.arguments) // 2
            first = {"name": self.calls, "args": "", "id": call, "index": 0}
            rest = [{"name": None, "args": part, "id": None, "index": 0} for part in (self.arguments[:half], self.arguments[half:])]
            parts = [AIMessageChunk(content="", id=name, tool_call_chunks=[it]) for it in [first, *rest]]
        else:
            parts = [AIMessageChunk(content=word + " ", id=name) for word in self.says.split(" ")]
        reason = "tool_calls" if self.calls else "stop"
        for part in [*parts, AIMessageChunk(content="", id=name, response_metadata={"finish_reason": reason})]:
            yield ChatGenerationChunk(message=part)


class State(CopilotKitState):
    count: int
    note: str


def graph(node):
    built = StateGraph(State)
    built.add_node("work", node)
    built.add_edge(START, "work")
    built.add_edge("work", END)
    return built.compile(checkpointer=MemorySaver())


async def talk(state: State, config: RunnableConfig):
    count = (state.get("count") or 0) + 1
    await copilotkit_emit_state(config, {"count": count, "note": "thinking"})
    last = state["messages"][-1]
    names = [action["name"] for action in state.get("copilotkit", {}).get("actions", [])]
    word, _, rest = str(last.content).partition(" ")
    if isinstance(last, ToolMessage):
        model = Model(says=f"The tool said {last.content}")
    elif word in names:
        model = Model(calls=word, arguments=rest or "{}")
    else:
        model = Model(says=f"You said {last.content}")
    answer = await model.ainvoke(state["messages"], config)
    return {"messages": [answer], "count": count, "note": "done"}


async def ask(state: State, config: RunnableConfig):
    return {"note": f"answer={interrupt({'question': 'Proceed?'})}"}


async def ask_by_message(state: State, config: RunnableConfig):
    answer, _ = copilotkit_interrupt(message="May I?")
    return {"note": f"answer={answer}"}


async def whisper(state: State, config: RunnableConfig):
    quiet = copilotkit_customize_config(config, emit_messages=False)
    await Model(says="secret thoughts").ainvoke(state["messages"], quiet)
    # The SDK changes what it is given.
    aloud = copilotkit_customize_config(config, emit_messages=True)
    answer = await Model(says="out loud").ainvoke(state["messages"], aloud)
    await copilotkit_exit(config)
    return {"messages": [answer]}


async def dawdle(state: State, config: RunnableConfig):
    await copilotkit_emit_state(config, {"note": "at work"})
    note("at work")
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        note("cancelled")
        raise


async def fail(state: State, config: RunnableConfig):
    raise RuntimeError("the node exploded")


def actions(context):
    """An action that tells who asks, as the endpoint sees it."""

    async def whoami():
        seen = {name: value for name, value in context["headers"].items() if name in WATCHED}
        return {"headers": seen, "properties": context["properties"]}

    async def add(a: float, b: float):
        return a + b

    note("asked", frontend_url=context["frontend_url"], properties=context["properties"])
    number = {"type": "number", "description": "A number"}
    return [
        Action(name="whoami", description="Who asks", handler=whoami, parameters=[]),
        Action(name="add", description="Adds", handler=add, parameters=[{"name": "a", **number}, {"name": "b", **number}]),
    ]


WATCHED = ["authorization", "cookie", "x-server", "x-custom", "x-copilotcloud-public-api-key"]
NODES = {"talker": talk, "asker": ask, "message_asker": ask_by_message, "whisperer": whisper, "dawdler": dawdle, "failing": fail}

sdk = CopilotKitRemoteEndpoint(
    actions=actions,
    agents=[LangGraphAgent(name=name, description=f"The {name}", graph=graph(node)) for name, node in NODES.items()],
)
app = FastAPI()
add_fastapi_endpoint(app, sdk, "/copilotkit")
