//! Several statements that go to the database together: the way there and back costs more than most of them.

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

/// Statements with their values, each `?` taking the next one: numbered ones would be counted across statements.
#[derive(Default)]
pub(super) struct Script {
    sql: String,
    values: SqliteArguments,
    failure: Option<sqlx::error::BoxDynError>,
}

impl Script {
    /// Adds a statement; its values come next.
    pub(super) fn then(&mut self, statement: &str) -> &mut Self {
        self.sql.push_str(statement);
        self.sql.push(';');
        self
    }

    pub(super) fn bind<'v>(&mut self, value: impl Encode<'v, Sqlite> + Type<Sqlite>) -> &mut Self {
        if let Err(error) = self.values.add(value) {
            self.failure = Some(error);
        }
        self
    }

    /// Runs all of it. The rows of all statements, in order.
    pub(super) async fn run(self, db: &mut SqliteConnection) -> sqlx::Result<Vec<SqliteRow>> {
        if let Some(failure) = self.failure {
            return Err(sqlx::Error::Encode(failure));
        }
        sqlx::query_with(AssertSqlSafe(self.sql), self.values)
            .fetch_all(db)
            .await
    }
}
