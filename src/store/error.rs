//! What can go wrong with the database, sorted by what to do next.
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Why the database did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It is away, full or overloaded for the moment: ask again later.
    #[error("the database is away: {0}")]
    Away(String),
    /// Something like it exists already; names the constraint.
    #[error("there is one already: {0}")]
    Taken(String),
    /// A cell holds what nobody can have written.
    #[error("{table}.{column} holds {value:?}, which cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// A defect of ours.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(constraint)) = error.sql_err() {
            return Self::Taken(constraint);
        }
        match &error {
            DbErr::ConnectionAcquire(_) => of_sqlx(&sqlx::Error::PoolTimedOut),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => of_sqlx(cause),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        of_sqlx(&error)
    }
}

fn of_sqlx(error: &sqlx::Error) -> StoreError {
    let away = match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| is_away(&code)),
        _ => false,
    };
    let said = match error {
        sqlx::Error::PoolTimedOut => "no connection came free in time: look whether it runs and \
             answers, whether it takes more connections, and whether something holds locks"
            .to_owned(),
        other => other.to_string(),
    };
    if away { StoreError::Away(said) } else { StoreError::Refused(said) }
}

/// PostgreSQL: connection, shutdown, start-up, too many connections, read-only after a failover, a
/// serialization failure or deadlock, a time limit of ours, a full disk. SQLite: busy, locked, an
/// I/O error, a full disk, a file that cannot be opened (also their extended codes).
fn is_away(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(sqlite) if code.len() < 5 => matches!(sqlite & 0xff, 5 | 6 | 10 | 13 | 14),
        _ => {
            code.starts_with("08")
                || code.starts_with("53")
                || matches!(
                    code,
                    "57P01"
                        | "57P02"
                        | "57P03"
                        | "25006"
                        | "40001"
                        | "40P01"
                        | "57014"
                        | "55P03"
                        | "25P03"
                )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_told_from_one_that_refuses() {
        for away in ["57P01", "08006", "53300", "25006", "40001", "5", "517", "13", "10"] {
            assert!(is_away(away), "{away}");
        }
        for refused in ["23505", "22021", "42601", "1", "2067", "19"] {
            assert!(!is_away(refused), "{refused}");
        }
        assert!(matches!(StoreError::from(sqlx::Error::PoolTimedOut), StoreError::Away(_)));
        assert!(matches!(StoreError::from(sqlx::Error::RowNotFound), StoreError::Refused(_)));
    }
}
