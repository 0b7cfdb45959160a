//! The routes of the account's templates, as Meta has them and as tests have them.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{HeaderName, HeaderValue},
    web::{Bytes, Data, Json, Path, Query},
};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    api::Unfit,
    gate::Visitor,
    management::{admit, manage},
    refusal::Refusal,
    templates::{Registered, STATUSES},
    world::{Memory, World},
};

const PAGE: usize = 25;

/// How much of a list is asked for.
#[derive(Deserialize)]
pub(super) struct Part {
    fields: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
    name: Option<String>,
    status: Option<String>,
}

/// `GET /{version}/{account id}/message_templates`
pub(super) async fn list(
    world: Data<World>,
    path: Path<(String, String)>,
    Query(asked): Query<Part>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    let memory = world.memory();
    let wanted = memory.templates.all().iter().filter(|it| {
        asked.name.as_ref().is_none_or(|name| it.name.contains(name.as_str()))
            && asked.status.as_ref().is_none_or(|status| it.status == *status)
    });
    let from: usize = asked.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, 1_000);
    let rest: Vec<&Registered> = wanted.skip(from).collect();
    let fields = asked.fields.as_deref();
    let data: Vec<Value> = rest.iter().take(limit).map(|it| narrowed(it.shown(), fields)).collect();
    let end = (from + data.len()).to_string();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": end } });
    if rest.len() > limit {
        paging["next"] = json!(format!("{}?limit={limit}&after={end}", request.path()));
    }
    Ok(HttpResponse::Ok().json(json!({ "data": data, "paging": paging })))
}

/// `POST /{version}/{account id}/message_templates`
pub(super) async fn create(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    let now = (world.settings.now)();
    let mut memory = world.memory();
    let Memory { templates, rules, limits, .. } = &mut *memory;
    if let Some(wait) = limits.until_template(rules, now) {
        return Ok(too_many(&path.1, wait));
    }
    let made = templates.create(&read(&body)?)?;
    limits.created_template(now);
    let answer = json!({ "id": made.id.to_string(), "status": made.status,
        "category": made.category });
    Ok(HttpResponse::Ok().json(answer))
}

/// Meta says in a header in how many minutes the account may call again.
fn too_many(account: &str, wait: TimeDelta) -> HttpResponse {
    let minutes = (wait.num_seconds() + 59) / 60;
    let usage = json!({ account: [{ "type": "whatsapp_business_management", "call_count": 100,
        "total_cputime": 1, "total_time": 1, "estimated_time_to_regain_access": minutes }] });
    let mut answer = Refusal::of(400, 80008).error_response();
    if let Ok(usage) = HeaderValue::from_str(&usage.to_string()) {
        answer.headers_mut().insert(HeaderName::from_static("x-business-use-case-usage"), usage);
    }
    answer
}

/// Which templates are to go.
#[derive(Deserialize)]
pub(super) struct Gone {
    name: Option<String>,
    hsm_id: Option<u64>,
}

/// `DELETE /{version}/{account id}/message_templates?name=…`
pub(super) async fn delete(
    world: Data<World>,
    path: Path<(String, String)>,
    Query(gone): Query<Gone>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    manage(&world, &path.1, &request)?;
    let name = gone.name.ok_or_else(|| Refusal::missing("name"))?;
    match world.memory().templates.delete(&name, gone.hsm_id) {
        true => Ok(HttpResponse::Ok().json(json!({ "success": true }))),
        false => Err(Refusal::no_such_object(&name)),
    }
}

/// `POST /{version}/{template id}`
pub(super) async fn edit(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    let edited = world.memory().templates.edit(template_id(&path.1)?, &read(&body)?)?;
    world.post_about(&edited, "message_template_status_update", status_news(&edited));
    Ok(HttpResponse::Ok().json(json!({ "success": true, "id": path.1, "name": edited.name,
        "category": edited.category })))
}

/// `POST /{version}/{template id}/unpause`
pub(super) async fn unpause(
    world: Data<World>,
    path: Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, Refusal> {
    admit(&world, &request)?;
    let template = world.memory().templates.unpause(template_id(&path.1)?)?;
    world.post_about(&template, "message_template_status_update", status_news(&template));
    Ok(HttpResponse::Ok().json(json!({ "success": true })))
}

/// What is known of a template by its id, where it is one.
pub(super) fn by_id(world: &World, id: &str, fields: Option<&str>) -> Option<HttpResponse> {
    let memory = world.memory();
    let template = memory.templates.by_id(id.parse().ok()?)?;
    Some(HttpResponse::Ok().json(narrowed(template.shown(), fields)))
}

/// `GET /simulator/api/templates`
pub(super) async fn shown(_: Visitor, world: Data<World>) -> HttpResponse {
    let items: Vec<Value> = world.memory().templates.all().iter().map(Registered::shown).collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// What is to become of templates: of those of one name, and of those that come from now on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    /// How new ones stand, and edited ones.
    verdict: Option<String>,
    name: Option<String>,
    language: Option<String>,
    status: Option<String>,
    category: Option<String>,
    quality: Option<String>,
    text: Option<String>,
    reason: Option<String>,
    /// Whether it is gone altogether.
    #[serde(default)]
    deleted: bool,
}

/// `PUT /simulator/api/templates`
pub(super) async fn turn(
    _: Visitor,
    world: Data<World>,
    Json(turn): Json<Turn>,
) -> Result<HttpResponse, Unfit> {
    let known =
        |status: &Option<String>| status.as_deref().is_none_or(|status| STATUSES.contains(&status));
    if !known(&turn.status) || !known(&turn.verdict) {
        return Err(Unfit(format!("a status is one of {}", STATUSES.join(", "))));
    }
    if let Some(verdict) = &turn.verdict {
        world.memory().templates.verdict = Some(verdict.clone());
    }
    let Some(name) = &turn.name else {
        return Ok(HttpResponse::Ok().json(json!({ "changed": 0 })));
    };
    let mut news = vec![];
    {
        let mut memory = world.memory();
        for template in memory.templates.named(name, turn.language.as_deref()) {
            news.extend(turned(template, &turn));
        }
        if turn.deleted {
            memory.templates.delete(name, None);
        }
    }
    for (template, field, value) in &news {
        world.post_about(template, field, value.clone());
    }
    Ok(HttpResponse::Ok().json(json!({ "changed": news.len() })))
}

/// Does it, and says what Meta would post.
fn turned(template: &mut Registered, turn: &Turn) -> Vec<(Registered, &'static str, Value)> {
    let mut news = vec![];
    if let Some(text) = &turn.text {
        template.reword(text);
        let value = json!({ "message_template_element": text });
        news.push((template.clone(), "message_template_components_update", value));
    }
    if let Some(category) = &turn.category {
        let value = json!({ "previous_category": template.category, "new_category": category });
        template.category.clone_from(category);
        news.push((template.clone(), "template_category_update", value));
    }
    if let Some(quality) = &turn.quality {
        let value =
            json!({ "previous_quality_score": template.quality, "new_quality_score": quality });
        template.quality.clone_from(quality);
        news.push((template.clone(), "message_template_quality_update", value));
    }
    if let Some(status) = &turn.status {
        template.status.clone_from(status);
        template.reason.clone_from(&turn.reason);
        news.push((template.clone(), "message_template_status_update", status_news(template)));
    }
    if turn.deleted {
        let value = json!({ "event": "DELETED", "reason": "NONE" });
        news.push((template.clone(), "message_template_status_update", value));
    }
    news
}

fn status_news(template: &Registered) -> Value {
    json!({ "event": template.status, "reason": template.reason.as_deref().unwrap_or("NONE") })
}

fn template_id(raw: &str) -> Result<u64, Refusal> {
    raw.parse().map_err(|_| Refusal::no_such_object(raw))
}

fn read(body: &[u8]) -> Result<Value, Refusal> {
    let read: Option<Value> = serde_json::from_slice(body).ok();
    let object = read.filter(Value::is_object);
    object.ok_or_else(|| Refusal::invalid("The body of the request must be a JSON object."))
}

/// Only what was asked for, and always the id.
fn narrowed(shown: Value, fields: Option<&str>) -> Value {
    let Some(fields) = fields else { return shown };
    let wanted: Vec<&str> = fields.split(',').map(str::trim).chain(["id"]).collect();
    let Value::Object(all) = shown else { return shown };
    Value::Object(all.into_iter().filter(|(name, _)| wanted.contains(&name.as_str())).collect())
}
