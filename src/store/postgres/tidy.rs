//! Housekeeping: what has become too old goes. Vacuum is the database's own affair.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;

use super::database::{Failure, Operation};
use super::limits;
use crate::store::StoreLimits;
use crate::store::limits::Dropped;

/// Drops what is too old.
pub(super) struct Tidy(pub StoreLimits);

impl Operation for Tidy {
    type Output = Vec<Dropped>;
    const DOING: &'static str = "dropping what is too old";
    const TRANSACTION: bool = true;

    fn run<'a>(&'a self, db: &'a mut PgConnection) -> BoxFuture<'a, Result<Self::Output, Failure>> {
        async move { Ok(limits::tidy(db, &self.0).await?) }.boxed()
    }
}
