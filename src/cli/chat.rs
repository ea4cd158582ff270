//! `agui-runtime chat`: text to standard output as it arrives, tools, states and errors to standard error.

use std::io::{IsTerminal, Read, stderr, stdin};

use agui_runtime::client::Client;
use agui_runtime::client::chat::{Message, MessageStatus, Piece, Question, ResponseStatus};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use super::connection::Connection;
use super::conversation::Conversation;
use super::failure::Failure;
use super::terminal::{plain, write};

/// How often an answer that ends with a tool's result is asked for again.
const ROUNDS: usize = 10;

/// Whom to talk to, and what to say.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// The agent to ask [default: the runtime's]
    #[arg(long)]
    agent: Option<String>,
    /// The thread to go on with [default: a new one]
    #[arg(long)]
    thread: Option<String>,
    /// What to say; without it, what standard input holds, line by line if that is a terminal
    message: Vec<String>,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let mut conversation = Conversation::new(arguments.thread, arguments.agent);
    if !arguments.message.is_empty() {
        return say(&client, &mut conversation, &arguments.message.join(" ")).await;
    }
    if stdin().is_terminal() {
        return converse(&client, &mut conversation).await;
    }
    let mut text = String::new();
    stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::misused(format!("standard input: {error}")))?;
    match text.trim() {
        "" => Err(Failure::misused(
            "nothing to say: give a message, or pipe one in",
        )),
        text => say(&client, &mut conversation, text).await,
    }
}

/// Question by question, until the input ends. A failed answer is told and the conversation goes on.
async fn converse(client: &Client, conversation: &mut Conversation) -> Result<(), Failure> {
    eprintln!("Ctrl-C stops an answer, Ctrl-D ends the conversation.");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = prompt(&mut lines).await? {
        if line.trim().is_empty() {
            continue;
        }
        let answered = tokio::select! {
            answered = say(client, conversation, &line) => answered,
            _ = tokio::signal::ctrl_c() => {
                write("\n");
                Ok(())
            }
        };
        if let Err(failure) = answered {
            failure.report();
        }
    }
    Ok(())
}

/// The next line; none at the end of the input or on Ctrl-C.
async fn prompt(lines: &mut Lines<BufReader<Stdin>>) -> Result<Option<String>, Failure> {
    eprint!("> ");
    tokio::select! {
        line = lines.next_line() => line.map_err(|error| Failure::failed(format!("standard input: {error}"))),
        _ = tokio::signal::ctrl_c() => Ok(None),
    }
}

/// One thing said and all of its answer. A tool that the server ran itself is not the end of it: as in upstream's
/// client, the agent is asked again with the result.
async fn say(client: &Client, conversation: &mut Conversation, text: &str) -> Result<(), Failure> {
    let mut question = conversation.say(text);
    for _ in 0..ROUNDS {
        answer(client, conversation, question).await?;
        if !conversation.wants_more() {
            return Ok(());
        }
        question = conversation.go_on();
    }
    Err(Failure::failed(format!(
        "the agent called tools in {ROUNDS} answers in a row; gave up"
    )))
}

async fn answer(
    client: &Client,
    conversation: &mut Conversation,
    question: Question,
) -> Result<(), Failure> {
    let mut answer = client.chat(question).await?;
    let mut shown = Shown::default();
    let done = loop {
        match answer.next().await {
            Ok(Some(piece)) => {
                conversation.take(&piece);
                if let Err(failure) = shown.show(&piece) {
                    break Err(failure);
                }
                // As `head` does: done, and the run is not paid for to its end.
                if shown.unread {
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        }
    };
    shown.end_line();
    done
}

/// What stands on the terminal.
#[derive(Debug, Default)]
struct Shown {
    /// Text that no line break has followed yet.
    open_line: bool,
    /// Nobody reads standard output any more.
    unread: bool,
    /// For each message of the answer: whether its chunks are text, or the arguments so far of the call that has them.
    messages: Vec<Kind>,
}

#[derive(Debug)]
enum Kind {
    Text,
    Call { name: String, arguments: String },
    Other,
}

impl Shown {
    fn show(&mut self, piece: &Piece) -> Result<(), Failure> {
        match piece {
            Piece::Thread(_) => {}
            Piece::Message(_, message) => self.begin(message),
            Piece::Chunk(at, chunk) => match self.messages.get_mut(*at) {
                Some(Kind::Text) => self.text(chunk),
                Some(Kind::Call { arguments, .. }) => arguments.push_str(chunk),
                Some(Kind::Other) | None => {}
            },
            Piece::MessageEnd(at, status) => self.end(*at, status),
            Piece::Meta(event) => {
                if let Some((_, value)) = event.question() {
                    self.note("asks", value);
                }
            }
            Piece::End(ResponseStatus::FailedResponseStatus(failed)) => {
                let details = failed.details.clone().unwrap_or_default();
                let told = details["description"]
                    .as_str()
                    .or(details["guardrailsReason"].as_str());
                let told = told.map_or_else(
                    || format!("{:?}", failed.reason),
                    |text| plain(text).into_owned(),
                );
                return Err(Failure::failed(format!("the run failed: {told}")));
            }
            Piece::End(_) => {}
        }
        Ok(())
    }

    fn begin(&mut self, message: &Message) {
        self.end_line();
        let kind = match message {
            Message::Text(text) => {
                self.text(&text.content.concat());
                Kind::Text
            }
            Message::ToolCall(call) => Kind::Call {
                name: call.name.clone(),
                arguments: call.arguments.concat(),
            },
            Message::ToolResult(result) => {
                self.note(
                    "result",
                    &format!("{}: {}", result.action_name, result.result),
                );
                Kind::Other
            }
            Message::State(state) => {
                self.note("state", &format!("{}: {}", state.agent_name, state.state));
                Kind::Other
            }
            Message::Image(image) => {
                self.note(
                    "image",
                    &format!("{}, {} bytes of base64", image.format, image.bytes.len()),
                );
                Kind::Other
            }
            Message::Other => Kind::Other,
        };
        self.messages.push(kind);
    }

    fn end(&mut self, at: usize, status: &MessageStatus) {
        if let Some(Kind::Call { name, arguments }) = self.messages.get(at) {
            let call = format!("{name}({arguments})");
            self.note("calls", &call);
        }
        if let MessageStatus::FailedMessageStatus(failed) = status {
            self.note("failed", &failed.reason);
        }
    }

    fn text(&mut self, text: &str) {
        self.unread |= !write(text);
        if !text.is_empty() {
            self.open_line = !text.ends_with('\n');
        }
    }

    /// A line that is not the answer itself, dimmed where it can be.
    fn note(&mut self, what: &str, text: &str) {
        self.end_line();
        let (dim, normal) = if stderr().is_terminal() {
            ("\u{1b}[2m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        eprintln!("{dim}[{what}] {}{normal}", plain(text));
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.open_line) {
            self.unread |= !write("\n");
        }
    }
}
