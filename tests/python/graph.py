"""A LangGraph graph without a model of anybody's: what it does, the last message says. Run by langgraph_server.py."""

import asyncio
import operator
from typing import Annotated

from langchain_core.callbacks.manager import adispatch_custom_event
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import interrupt
from typing_extensions import TypedDict


class Words(BaseChatModel):
    """Says what it is given, word by word, or calls a tool."""

    text: str = ""
    call: dict | None = None

    @property
    def _llm_type(self):
        return "words"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.text))])

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        for word in self.text.split():
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " "))
        if self.call:
            name, arguments = self.call["name"], self.call["arguments"]
            head = {"name": name, "args": "", "id": self.call["id"], "index": 0}
            parts = [head] + [{"name": None, "args": it, "id": None, "index": 0} for it in arguments]
            for part in parts:
                yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[part]))
        usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
        last = AIMessageChunk(content="", usage_metadata=usage, response_metadata={"finish_reason": "stop"})
        yield ChatGenerationChunk(message=last)


class State(TypedDict, total=False):
    messages: Annotated[list, add_messages]
    copilotkit: dict
    tools: list
    count: int
    private: str
    log: Annotated[list, operator.add]


class Shown(TypedDict, total=False):
    messages: list
    count: int
    log: list


class Context(TypedDict, total=False):
    tone: str


def text_of(state):
    content = state["messages"][-1].content
    return content if isinstance(content, str) else content[0]["text"]


async def say(text, state, config=None):
    return await Words(text=text).ainvoke(state["messages"], config)


async def chat(state: State, runtime):
    tone = (runtime.context or {}).get("tone", "plainly")
    answer = await say(f"you said {text_of(state)} {tone}", state)
    return {"messages": [answer], "count": state.get("count", 0) + 1, "log": [text_of(state)], "private": "x"}


async def tool(state: State):
    offered = [it["name"] for it in state.get("copilotkit", {}).get("actions", [])]
    call = {"name": offered[0], "id": "call-1", "arguments": ['{"title":', '"A"}']}
    return {"messages": [await Words(text="", call=call).ainvoke(state["messages"])]}


def ask(state: State):
    answer = interrupt({"reason": "approval", "message": "Approve?"})
    return {"messages": [AIMessage(content=f"answered {answer}")]}


def ask_again(state: State):
    answer = interrupt("And this?")
    return {"log": [f"again {answer}"]}


def ask_by_message(state: State):
    shown = AIMessage(content="What is your name?", id="asked")
    answer = interrupt({"__copilotkit_interrupt_value__": "What is your name?", "__copilotkit_messages__": [shown]})
    return {"messages": [AIMessage(content=f"hello {answer[-1]['content']}")]}


async def hidden(state: State):
    await say("nobody hears this", state, {"metadata": {"copilotkit:emit-messages": False}})
    return {}


async def by_hand(state: State):
    await adispatch_custom_event("copilotkit_manually_emit_intermediate_state", {"count": 41})
    await adispatch_custom_event("copilotkit_manually_emit_message", {"message_id": "hand", "message": "by hand"})
    return {"count": 42}


async def slow(state: State):
    await say("wait", state)
    await asyncio.sleep(600)


async def inner(state: State):
    return {"messages": [await say("from below", state)]}


def boom(state: State):
    raise ValueError("the graph went boom")


below = StateGraph(State)
below.add_node("inner", inner)
below.add_edge(START, "inner")

NODES = {
    "tool": tool, "ask": ask, "ask_again": ask_again, "ask_by_message": ask_by_message, "hidden": hidden,
    "by_hand": by_hand, "slow": slow, "sub": below.compile(), "boom": boom, "chat": chat,
}


def route(state: State):
    if state["messages"][-1].type == "tool":
        return "chat"
    named = [name for name in text_of(state).split(" and ") if name in NODES]
    return named or "chat"


builder = StateGraph(State, output_schema=Shown, context_schema=Context)
for name, node in NODES.items():
    builder.add_node(name, node)
    builder.add_edge(name, END)
builder.add_conditional_edges(START, route, list(NODES))
graph = builder.compile()
