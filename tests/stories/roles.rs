//! Roles: a changed one counts at once on every replica, and one active admin always stays.
use std::time::Duration;

use deskbell::domain::user::Role;
use serde_json::json;

use super::users::place;
use super::world::{World, stories};

stories![
    a_changed_role_counts_at_once,
    the_last_active_admin_stays,
    of_two_admins_who_leave_at_once_one_stays,
];

async fn a_changed_role_counts_at_once(world: &mut World) {
    let (admin, dev) = (world.admin(), world.dev());
    dev.get("/api/users").await.refused(403, "forbidden");
    admin.patch(&place(&dev), &json!({ "role": "ADMIN" })).await.ok(200);
    dev.get("/api/users").await.ok(200);
    admin.patch(&place(&dev), &json!({ "role": "CLIENT" })).await.ok(200);
    dev.get("/api/users").await.refused(403, "forbidden");
    admin.patch(&place(&dev), &json!({ "is_active": false })).await.ok(200);
    dev.get("/api/auth/me").await.refused(401, "unauthenticated");
    dev.tries(&dev.password).await.refused(401, "wrong_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_role_counts_within_five_seconds_on_another_replica() {
    use super::world::{Database, Door, OutsideSimulator, tell};
    use deskbell::config::Role as Process;
    tell(Database::Postgres, async |world: &mut World| {
        let provider = OutsideSimulator::new();
        world.shares_with_others(Process::Api, &provider).await;
        let second = world.another(Process::Api).await;
        let (admin, dev) = (world.admin(), world.dev());
        let there = dev.at(Door::at(second.address));
        there.get("/api/auth/me").await.ok(200);
        admin.patch(&place(&dev), &json!({ "is_active": false })).await.ok(200);
        let begun = tokio::time::Instant::now();
        while there.get("/api/auth/me").await.status == 200 {
            assert!(begun.elapsed() < Duration::from_secs(5), "still known elsewhere");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        there.get("/api/auth/me").await.refused(401, "unauthenticated");
        second.stop().await.expect("it stops in order");
        provider.stop().await;
    })
    .await;
}

async fn the_last_active_admin_stays(world: &mut World) {
    let admin = world.admin();
    for change in [json!({ "role": "CLIENT" }), json!({ "is_active": false })] {
        admin.patch(&place(&admin), &change).await.refused(409, "last_admin");
    }
    admin.delete(&place(&admin)).await.refused(409, "last_admin");
    let off = world.opens_account("off-admin", Role::Admin, None).await;
    admin.patch(&place(&off), &json!({ "is_active": false })).await.ok(200);
    admin.delete(&place(&admin)).await.refused(409, "last_admin");
    admin.patch(&place(&admin), &json!({ "full_name": "Still Here" })).await.ok(200);
    let second = world.opens_account("second-admin", Role::Admin, None).await;
    second.patch(&place(&admin), &json!({ "role": "CLIENT" })).await.ok(200);
    second.delete(&place(&second)).await.refused(409, "last_admin");
}

async fn of_two_admins_who_leave_at_once_one_stays(world: &mut World) {
    let mut last = world.admin();
    for round in 0..6 {
        let second = world.opens_account(&format!("admin-{round}"), Role::Admin, None).await;
        second.token().await;
        last.token().await;
        let (mine, theirs) = (place(&last), place(&second));
        let demote = json!({ "role": "CLIENT" });
        let (one, two) = match round % 3 {
            0 => tokio::join!(last.patch(&theirs, &demote), second.patch(&mine, &demote)),
            1 => tokio::join!(last.delete(&mine), second.delete(&theirs)),
            _ => tokio::join!(last.patch(&mine, &demote), second.patch(&theirs, &demote)),
        };
        for answer in [&one, &two] {
            // Whoever comes second may be no admin any more when asked.
            assert!([200, 204, 401, 403, 409].contains(&answer.status), "{}", answer.text());
        }
        let active = "SELECT count(*) FROM users WHERE role = 'ADMIN' AND is_active";
        assert_eq!(world.count(active).await, 1, "round {round}");
        if world.count(&format!("{active} AND id = {}", second.id)).await == 1 {
            last = second;
        }
    }
}
