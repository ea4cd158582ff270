"""LangServe chains that need no model."""

from fastapi import FastAPI
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from langserve import add_routes
from pydantic import BaseModel, Field


class Topic(BaseModel):
    topic: str = Field(description="What it is about")
    tags: list[str] = []


def poem(given: dict) -> AIMessage:
    topic = given["topic"] if isinstance(given, dict) else given.topic
    return AIMessage(content=f"A poem about {topic}")


def fail(_: str) -> str:
    raise ValueError("the chain broke")


app = FastAPI()
add_routes(app, RunnableLambda(poem).with_types(input_type=Topic), path="/poem")
add_routes(app, RunnableLambda(lambda text: {"shouted": text.upper()}).with_types(input_type=str), path="/shout")
add_routes(app, RunnableLambda(fail).with_types(input_type=str), path="/broken")
