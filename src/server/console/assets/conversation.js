// A conversation as its events tell it: messages in AG-UI's form, the state, the run that goes on, and what it waits for.

import { patched } from "./patch.js";

export class Conversation {
  messages = [];
  state = {};
  // Messages that have changed since the view looked.
  changed = new Set();
  running = false;
  runId = undefined;
  step = undefined;
  error = undefined;
  interrupts = [];
  #byId = new Map();
  #calls = new Map();
  #asked = undefined;

  add(message) {
    const known = this.#byId.get(message.id);
    if (known) return known;
    this.messages.push(message);
    this.#byId.set(message.id, message);
    for (const call of message.toolCalls ?? []) this.#calls.set(call.id, call);
    this.changed.add(message);
    return message;
  }

  // The calls that nobody has answered, of these tools.
  unanswered(names) {
    const answered = new Set(this.messages.filter(({ role }) => role === "tool").map(({ toolCallId }) => toolCallId));
    return [...this.#calls.values()].filter((call) => !answered.has(call.id) && names.has(call.function.name));
  }

  apply(event) {
    Conversation.#handlers[event.type]?.call(this, event);
  }

  #call(id) {
    return this.#calls.get(id);
  }

  static #handlers = {
    __proto__: null,
    RUN_STARTED({ runId, input }) {
      Object.assign(this, { running: true, runId, error: undefined, interrupts: [] });
      this.#asked = undefined;
      for (const message of input?.messages ?? []) this.add(message);
    },
    RUN_FINISHED({ outcome }) {
      this.running = false;
      this.step = undefined;
      if (outcome?.type === "interrupt") this.interrupts = outcome.interrupts ?? [];
      else if (this.#asked !== undefined) this.interrupts = [{ message: this.#asked, older: true }];
    },
    RUN_ERROR({ message, code }) {
      this.running = false;
      this.step = undefined;
      this.error = { message, code };
    },
    STEP_STARTED({ stepName }) {
      this.step = stepName;
    },
    STEP_FINISHED() {
      this.step = undefined;
    },
    TEXT_MESSAGE_START({ messageId, role }) {
      this.add({ id: messageId, role: role ?? "assistant", content: "" });
    },
    TEXT_MESSAGE_CONTENT({ messageId, delta }) {
      this.#append(messageId, delta);
    },
    REASONING_MESSAGE_START({ messageId }) {
      this.add({ id: messageId, role: "reasoning", content: "" });
    },
    REASONING_MESSAGE_CONTENT({ messageId, delta }) {
      this.#append(messageId, delta);
    },
    TOOL_CALL_START({ toolCallId, toolCallName, parentMessageId }) {
      if (this.#call(toolCallId)) return;
      const call = { id: toolCallId, type: "function", function: { name: toolCallName, arguments: "" } };
      const message = this.#byId.get(parentMessageId) ?? this.add({ id: parentMessageId ?? toolCallId, role: "assistant" });
      (message.toolCalls ??= []).push(call);
      this.#calls.set(toolCallId, call);
      this.changed.add(message);
    },
    TOOL_CALL_ARGS({ toolCallId, delta }) {
      const call = this.#call(toolCallId);
      if (!call) return;
      call.function.arguments += delta;
      this.changed.add(this.messages.findLast(({ toolCalls }) => toolCalls?.includes(call)));
    },
    TOOL_CALL_RESULT({ messageId, toolCallId, content }) {
      this.add({ id: messageId, role: "tool", toolCallId, content });
    },
    STATE_SNAPSHOT({ snapshot }) {
      this.state = snapshot;
    },
    STATE_DELTA({ delta }) {
      this.#quietly(() => (this.state = patched(this.state, delta)));
    },
    MESSAGES_SNAPSHOT({ messages }) {
      this.#replace(messages);
    },
    ACTIVITY_SNAPSHOT({ messageId, activityType, content, replace }) {
      const known = this.#byId.get(messageId);
      if (known && replace === false) return;
      const message = known ?? this.add({ id: messageId, role: "activity", activityType, content });
      Object.assign(message, { activityType, content });
      this.changed.add(message);
    },
    ACTIVITY_DELTA({ messageId, patch }) {
      const message = this.#byId.get(messageId);
      if (!message) return;
      this.#quietly(() => (message.content = patched(message.content, patch)));
      this.changed.add(message);
    },
    CUSTOM({ name, value }) {
      if (name === "on_interrupt") this.#asked = typeof value === "string" ? value : JSON.stringify(value);
    },
  };

  #append(id, delta) {
    const message = this.#byId.get(id);
    if (!message) return;
    message.content = (message.content ?? "") + delta;
    this.changed.add(message);
  }

  // What an agent put together wrongly is its own affair: the rest is shown all the same.
  #quietly(change) {
    try {
      change();
    } catch (error) {
      console.info(`A patch was left out: ${error.message}`);
    }
  }

  #replace(messages) {
    this.messages = [];
    this.#byId.clear();
    this.#calls.clear();
    this.changed.clear();
    for (const message of messages) this.add(message);
  }
}
