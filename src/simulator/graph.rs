//! The routes that Meta's Graph API has, answered as Meta answers them.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data, Path},
};
use serde_json::json;

use super::{
    answer, management,
    provider::Provider,
    refusal::Refusal,
    request::{self, Request},
    world::World,
};

/// `POST /{version}/{phone number id}/messages`
pub(super) async fn send(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &path.1, &request)?;
    let mut draft = match request::read(&body, &world.business_digits)? {
        Request::MarkRead => return Ok(HttpResponse::Ok().json(json!({ "success": true }))),
        Request::Message(draft) => draft,
    };
    let fault = world.memory().faults.befall(draft.to.as_str(), Provider::Meta);
    if let Some(answer) = answer::refused(&world, fault.as_ref()).await? {
        return Ok(answer);
    }
    world.lets_send(&draft)?;
    (draft.words, draft.category) = world.may_send(&draft, &body)?.unzip();
    let input = draft.input.clone();
    let message = world.accept(draft, &body, fault.as_ref());
    Ok(answer::accepted(&world, fault.as_ref(), &message, &input).await)
}

/// Lets in who carries the token that Meta would have issued for this number.
fn admit(world: &World, number_id: &str, request: &HttpRequest) -> Result<(), Refusal> {
    management::admit(world, request)?;
    if number_id != world.settings.phone_number_id {
        return Err(Refusal::no_such_object(number_id));
    }
    Ok(())
}
