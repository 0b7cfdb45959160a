//! Deskbell as the world sees it: real HTTP in, a real (emulated) Cloud API out, each story on both
//! databases. SQLite needs nothing; PostgreSQL needs `TEST_POSTGRES_URL`, the address of a server
//! on which databases may be made.

mod stories {
    mod accounts;
    mod comments;
    mod cors;
    mod crashes;
    mod deletion;
    mod dry_run;
    mod edits;
    mod erasure;
    mod evidence;
    mod guesses;
    mod hostile;
    mod limits;
    mod lists;
    mod log;
    mod log_as_a_whole;
    mod lost_answers;
    mod messages;
    mod metrics;
    mod once;
    mod order;
    mod orders;
    mod problems;
    mod refused_sends;
    mod replicas;
    mod requests;
    mod restarts;
    mod retention;
    mod search;
    mod sessions;
    mod tasks;
    mod ticket_doors;
    mod tokens;
    mod transitions;
    mod users;
    mod views;
    mod webhooks;
    mod workflow;
    mod world;
}
