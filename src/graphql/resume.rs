//! A GraphQL client's answer to an interrupt, in AG-UI's terms.
//!
//! These clients know one kind of interrupt and one answer to it. Which of AG-UI's interrupts the answer is for tells the
//! value of the meta-event that was answered, or else the end of the thread's last run, whichever face it came through.

use serde_json::Value;

use crate::generated::agui::{
    Event, Interrupt, ResumeEntry, ResumeEntryStatus, RunFinishedOutcome,
};
use crate::generated::graphql::{GenerateCopilotResponseInput, MetaEventInput};
use crate::store::{Store, StoreError, StoredRun, ThreadKey};

/// The first answer among the request's meta-events.
pub(crate) fn answer(data: &GenerateCopilotResponseInput) -> Option<(&MetaEventInput, &str)> {
    let events = data.meta_events.iter().flatten();
    events
        .filter_map(|event| Some((event, event.response.as_deref()?)))
        .next()
}

/// What `resume` says; nothing if nothing was answered, or nothing that AG-UI knows of.
pub(crate) async fn entries(
    data: &GenerateCopilotResponseInput,
    store: &dyn Store,
    thread: &ThreadKey,
) -> Option<Vec<ResumeEntry>> {
    let (event, answer) = answer(data)?;
    let interrupts = match serde_json::from_str(&event.value) {
        Ok(interrupts) => interrupts,
        Err(_) => last_interrupts(store, thread).await,
    };
    let entries: Vec<_> = resolved(&interrupts, answer).collect();
    (!entries.is_empty()).then_some(entries)
}

/// What the thread's last run ended with. A store that fails is logged: the agent still gets the answer, upstream's way.
async fn last_interrupts(store: &dyn Store, thread: &ThreadKey) -> Vec<Interrupt> {
    match last_run(store, thread).await {
        Ok(run) => run.as_ref().and_then(interrupts_of).unwrap_or_default(),
        Err(error) => {
            tracing::error!(%error, "the interrupts of a thread were not loaded");
            Vec::new()
        }
    }
}

async fn last_run(store: &dyn Store, thread: &ThreadKey) -> Result<Option<StoredRun>, StoreError> {
    let runs = store.list_runs(thread).await?;
    match runs.last() {
        Some(last) => store.load_run(thread, last.number).await,
        None => Ok(None),
    }
}

fn interrupts_of(run: &StoredRun) -> Option<Vec<Interrupt>> {
    match serde_json::from_str(run.events.last()?.get()).ok()? {
        Event::RunFinished(event) => match event.outcome? {
            RunFinishedOutcome::Interrupt(outcome) => Some(outcome.interrupts),
            _ => None,
        },
        _ => None,
    }
}

/// The answer is for all of them, unless it is an object with an answer for each, by id.
fn resolved(interrupts: &[Interrupt], answer: &str) -> impl Iterator<Item = ResumeEntry> {
    let answer = serde_json::from_str(answer).unwrap_or_else(|_| Value::from(answer));
    let each = interrupts.iter().all(|it| answer.get(&it.id).is_some());
    interrupts.iter().map(move |interrupt| {
        let mut entry = ResumeEntry::new(&*interrupt.id, ResumeEntryStatus::Resolved);
        entry.payload = Some(match each {
            true => answer[&*interrupt.id].clone(),
            false => answer.clone(),
        });
        entry
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payloads(ids: &[&str], answer: &str) -> Value {
        let interrupts: Vec<_> = ids.iter().map(|id| Interrupt::new(*id, "ask")).collect();
        resolved(&interrupts, answer)
            .map(|entry| json!([entry.interrupt_id, entry.payload]))
            .collect()
    }

    #[test]
    fn one_answer_is_for_all_interrupts() {
        assert_eq!(payloads(&["a"], "yes, do"), json!([["a", "yes, do"]]));
        assert_eq!(
            payloads(&["a", "b"], r#"{"ok":true}"#),
            json!([["a", {"ok": true}], ["b", {"ok": true}]])
        );
        assert_eq!(payloads(&[], "yes"), json!([]));
    }

    #[test]
    fn answers_by_id_are_for_one_interrupt_each() {
        assert_eq!(
            payloads(&["a", "b"], r#"{"a":1,"b":"two"}"#),
            json!([["a", 1], ["b", "two"]])
        );
    }
}
