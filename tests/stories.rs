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
    mod evidence;
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
    mod problems;
    mod refused_sends;
    mod replicas;
    mod requests;
    mod restarts;
    mod retention;
    mod tasks;
    mod ticket_doors;
    mod transitions;
    mod views;
    mod webhooks;
    mod workflow;
    mod world;
}
