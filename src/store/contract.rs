//! What a store must do: [`Store`], and [`Cluster`] for one that several nodes share.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, TryFutureExt};

use super::{
    AgentState, Batch, EndedRun, Lease, LeftRun, NewRun, Owner, Reclaimed, Renewed, RunTail, Start,
    StateChange, StateKey, StoreError, StoredRun, Terms, Thread, ThreadChange, ThreadDump,
    ThreadFilter, ThreadKey, ThreadPage,
};

/// The future of a store operation. Dropping it does not undo what is already on its way.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// How long after a run's end those who follow it elsewhere can still read its last events.
pub const FOLLOWED_AFTER_END: Duration = Duration::from_secs(60);

/// Durable threads and agent states. Every operation is by owner; a handle is one [`Node`](super::Node)'s.
///
/// A write that was acknowledged survives: whatever fails after it, it is there.
///
/// # A run's life
///
/// [`start_run`](Self::start_run) gives the run its thread, as a [`Lease`]: one run a thread is active, on whichever node.
/// [`append_events`](Self::append_events) keeps what it says, [`renew`](Self::renew) its hold on the thread, and
/// [`end_run`](Self::end_run) puts the compacted events in the place of those that were appended. A lease that is not
/// renewed runs out, by the store's clock and not by any node's; from then on any node may take the run over, by
/// [`claim_left`](Self::claim_left) or `start_run`, and must end it. A lease that ran out and was not taken is as good as
/// before. Once taken, whatever the old one is used for fails and writes nothing: its holder may wake up much later.
pub trait Store: Send + Sync + 'static {
    /// On what terms runs are kept. Does not change.
    fn terms(&self) -> Terms;

    /// The agent's state, if it has one on that thread.
    fn load_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, Option<AgentState>>;

    /// Applies one change atomically and gives the state after it.
    fn change_state<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
    ) -> StoreFuture<'a, AgentState> {
        self.change_state_if(key, change, None)
    }

    /// As [`Self::change_state`], but only if the state has the version that is expected; 0 expects that there is none.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with the version that is there.
    fn change_state_if<'a>(
        &'a self,
        key: &'a StateKey,
        change: StateChange,
        expected: Option<u64>,
    ) -> StoreFuture<'a, AgentState>;

    /// Earlier versions of the state, newest first, without their messages. A version whose state is that of the one after
    /// it is left out: a run that does not touch the state makes none.
    fn state_versions<'a>(
        &'a self,
        key: &'a StateKey,
        most: usize,
    ) -> StoreFuture<'a, Vec<AgentState>>;

    /// Removes the state with its versions; whether there was one.
    fn delete_state<'a>(&'a self, key: &'a StateKey) -> StoreFuture<'a, bool>;

    /// Begins a run on a thread that no other has, and makes the thread if it is not there. A run of this very node that
    /// still has it counts as [`Start::Left`]: the caller knows its own, and asks only when they are done.
    fn start_run<'a>(&'a self, thread: &'a ThreadKey, run: NewRun) -> StoreFuture<'a, Start>;

    /// Keeps events of any number of runs, at most one batch of each, in one commit.
    ///
    /// A batch whose caller did not hear that it was kept comes again, from the same sequence number on, with the same
    /// events and perhaps more behind them: each event is kept once. One that begins beyond the run's next sequence number
    /// is [`StoreError::Value`], its caller's mistake. After any error all of them come again.
    ///
    /// The fences of the runs that have lost their thread; of these nothing was kept, and nothing will be.
    fn append_events<'a>(&'a self, batches: &'a [Batch]) -> StoreFuture<'a, Vec<u64>>;

    /// Extends these leases from now on.
    fn renew<'a>(&'a self, leases: &'a [Lease]) -> StoreFuture<'a, Renewed>;

    /// Takes over at most so many runs whose lease has run out, of all owners: the caller ends them. After a start, that is
    /// what the process before left behind. Never one of these fences: with them the caller goes on, though it could not
    /// renew them in time, as when the store was away.
    fn claim_left<'a>(&'a self, most: usize, held: &'a [u64]) -> StoreFuture<'a, Vec<LeftRun>>;

    /// Keeps what a run left behind and frees its thread, in one commit.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if the run has lost its thread, or has ended: then nothing changes.
    fn end_run<'a>(&'a self, lease: &'a Lease, run: &'a EndedRun) -> StoreFuture<'a, ()>;

    /// Events of a run as they were said, from a sequence number on, as far as they are kept. `None` if there is no such
    /// run, or only its compacted events are left.
    fn read_events<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
        from: u64,
    ) -> StoreFuture<'a, Option<RunTail>>;

    /// The runs of a thread, oldest first; none if there is no such thread.
    fn load_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>>;

    /// The runs of a thread, oldest first; their events may be left out.
    fn list_runs<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Vec<StoredRun>> {
        self.load_runs(thread)
    }

    /// One run of a thread, by its number, if it is there.
    fn load_run<'a>(
        &'a self,
        thread: &'a ThreadKey,
        number: u64,
    ) -> StoreFuture<'a, Option<StoredRun>> {
        let of_number = move |runs: Vec<StoredRun>| {
            let mut runs = runs.into_iter();
            runs.find(|run| run.number == number)
        };
        self.load_runs(thread).map_ok(of_number).boxed()
    }

    /// Lists an owner's threads.
    fn list_threads<'a>(
        &'a self,
        owner: &'a Owner,
        filter: ThreadFilter,
    ) -> StoreFuture<'a, ThreadPage>;

    /// The thread, if it is there.
    fn load_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, Option<Thread>>;

    /// Changes a thread; the thread after it, if it is there.
    fn change_thread<'a>(
        &'a self,
        thread: &'a ThreadKey,
        change: ThreadChange,
    ) -> StoreFuture<'a, Option<Thread>>;

    /// Deletes a thread with its runs and states; whether it was there. A run that goes on loses its thread.
    fn delete_thread<'a>(&'a self, thread: &'a ThreadKey) -> StoreFuture<'a, bool>;

    /// Deletes all threads of an owner with their runs and states; how many there were.
    fn clear_threads<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64>;

    /// Where threads or states are, of all owners: at most so many after this one, in an order of the store's own. For
    /// whoever runs the store, never for a client.
    fn all_keys<'a>(
        &'a self,
        after: Option<&'a ThreadKey>,
        most: usize,
    ) -> StoreFuture<'a, Vec<ThreadKey>>;

    /// All that is kept there; `None` if there is nothing any more.
    fn dump<'a>(&'a self, key: &'a ThreadKey) -> StoreFuture<'a, Option<ThreadDump>>;

    /// Keeps what another store dumped, as it was there. Limits look at it as something changes.
    ///
    /// # Errors
    /// [`StoreError::Occupied`] if there is something already.
    fn restore<'a>(&'a self, dump: &'a ThreadDump) -> StoreFuture<'a, ()>;

    /// How often [`Self::tidy`] is worth it; `None` if it never is.
    fn tidy_every(&self) -> Option<Duration>;

    /// Does a piece of what nobody should wait for: drops what has become too old, gives free space back. Whether there is
    /// more to do at once.
    fn tidy(&self) -> StoreFuture<'_, bool>;

    /// What was dropped and given back since the store was opened.
    fn reclaimed(&self) -> Reclaimed;

    /// What the store does for several nodes; `None` if all runs are this process's own.
    fn cluster(&self) -> Option<&dyn Cluster> {
        None
    }

    /// Flushes and closes; later operations fail with [`StoreError::Closed`], closing again does nothing.
    fn close(&self) -> StoreFuture<'_, ()>;
}

/// What several nodes that share a store need of it.
pub trait Cluster: Send + Sync {
    /// The events of a run, on whichever node it is, from a sequence number on: those that are there and then each as it is
    /// appended, in order, without a gap, none twice. Ends after the run's end was told, or with an error: with none that
    /// it told the run is not there, or its last events are gone ([`FOLLOWED_AFTER_END`]).
    ///
    /// A store that is away for a while is waited for.
    fn follow(
        &self,
        thread: &ThreadKey,
        number: u64,
        from: u64,
    ) -> BoxStream<'static, Result<RunTail, StoreError>>;

    /// Asks the node that has the thread's active run to stop it; only if it has that id, where one is given. What came
    /// of it: the run's number if there is one to stop.
    fn request_stop<'a>(
        &'a self,
        thread: &'a ThreadKey,
        run_id: Option<&'a str>,
    ) -> StoreFuture<'a, Option<u64>>;

    /// The fences of this node's runs that are to stop, as soon as that is asked. May miss some, which
    /// [`Store::renew`] tells then.
    fn stop_requests(&self) -> BoxStream<'static, u64>;
}
