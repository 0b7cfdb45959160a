//! The rules over the simulator's own JSON API.

use actix_web::{
    HttpResponse,
    web::{Bytes, Data},
};

use super::{api::Unfit, gate::Visitor, world::World};

/// `GET /simulator/api/settings`
pub(super) async fn show(_: Visitor, world: Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(&world.memory().rules)
}

/// `PATCH /simulator/api/settings`
pub(super) async fn change(
    _: Visitor,
    world: Data<World>,
    body: Bytes,
) -> Result<HttpResponse, Unfit> {
    let changes = serde_json::from_slice(&body).map_err(|error| Unfit(error.to_string()))?;
    let rules = {
        let mut memory = world.memory();
        let rules = memory.rules.with(&changes).map_err(Unfit)?;
        memory.rules = rules.clone();
        rules
    };
    world.keep_pace(&rules);
    Ok(HttpResponse::Ok().json(rules))
}

/// `POST /simulator/api/reset`: as after a start, but for the rules.
pub(super) async fn reset(_: Visitor, world: Data<World>) -> HttpResponse {
    world.reset();
    HttpResponse::NoContent().finish()
}
