//! `/api/channels`: how each channel to people stands, for admins.
use actix_web::HttpResponse;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::at;
use super::super::auth::By;
use super::super::body::{Nothing, Params};
use super::super::problem::Problem;
use super::super::reply::Reply;
use super::super::words::{Instant, Word};
use super::shown::maybe;
use crate::desk::Desk;
use crate::desk::report::{ChannelReport, State, WhyPaused};
use crate::domain::bill::Bill;
use crate::domain::finding::{Check, Finding, Verdict};
use crate::domain::medium::Medium;
use crate::domain::standing::{Limit, Number, Token, Until};

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(at("/channels", vec![(Method::GET, web::get().to(list))]));
}

/// `GET /api/channels`
async fn list(desk: Data<Desk>, by: By, _: Params<Nothing>) -> Result<HttpResponse, Problem> {
    let reports = desk.channel_reports(by.0).await?;
    let items = reports.into_iter().map(ChannelShown::from).collect();
    Ok(Reply::json(StatusCode::OK, &ChannelsShown { items }).respond())
}

/// Every channel, in order of preference.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Channels")]
pub(in crate::http) struct ChannelsShown {
    items: Vec<ChannelShown>,
}

/// How one channel stands.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Channel")]
struct ChannelShown {
    channel: Word<Medium>,
    /// `null` where nobody carries messages over this channel.
    provider: Option<&'static str>,
    state: Word<State>,
    /// Why it keeps messages for now; `null` where it carries them.
    paused: Option<PausedShown>,
    last_sent_at: Option<Instant>,
    last_receipt_at: Option<Instant>,
    last_webhook_at: Option<Instant>,
    /// When the provider was asked last; `null` where it never was, or tells nothing of itself.
    examined_at: Option<Instant>,
    token: Option<TokenShown>,
    number: Option<NumberShown>,
    limit: Option<LimitShown>,
    usage: Option<UsageShown>,
    /// What one makes of the answers; what is well is among them.
    findings: Vec<FindingShown>,
}

/// Why a channel keeps messages for now. Nothing is lost, and it goes on by itself.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelPaused")]
struct PausedShown {
    since: Instant,
    code: Option<i64>,
    reason: String,
    hint: String,
    /// When the provider is asked again whether it takes messages, which sends none.
    asked_again_at: Instant,
}

/// What the provider says of the access token.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelToken")]
struct TokenShown {
    is_valid: bool,
    kind: Option<String>,
    never_expires: bool,
    expires_at: Option<Instant>,
    permissions: Vec<String>,
}

/// What the provider says of the number.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelNumber")]
struct NumberShown {
    display_number: Option<String>,
    name: Option<String>,
    status: Option<String>,
    quality: Option<String>,
    throughput: Option<String>,
}

/// How many people may be written to first within 24 hours.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelLimit")]
struct LimitShown {
    /// `null` for no limit.
    new_conversations: Option<u64>,
    /// As far as Deskbell knows: the limit is the portfolio's.
    used: u64,
}

/// What this month's messages count as on the provider's bill.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelUsage")]
struct UsageShown {
    /// Such as `2026-11`, by UTC.
    month: String,
    messages: Vec<CountedShown>,
    /// Replies, which are no templates, that will still be free in this month.
    free_replies_left: u64,
    /// By the rates in WHATSAPP_RATES; `null` where there are none.
    estimated_cost: Option<CostShown>,
}

/// Messages that count alike, in the provider's own words.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelUsageCount")]
struct CountedShown {
    category: String,
    r#type: Option<String>,
    billable: Option<bool>,
    count: u64,
}

/// What a month costs so far.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ChannelCost")]
struct CostShown {
    /// A decimal number.
    amount: String,
    currency: String,
    /// Categories that are charged and have no rate: their cost is not in the amount.
    unpriced: Vec<String>,
}

/// One question, and how it stands.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Finding")]
struct FindingShown {
    check: Word<Check>,
    verdict: Word<Verdict>,
    detail: String,
    /// What to do, and who can do it; `null` where all is well.
    hint: Option<String>,
}

impl From<WhyPaused> for PausedShown {
    fn from(paused: WhyPaused) -> Self {
        Self {
            since: Instant(paused.since),
            code: paused.why.code,
            reason: paused.why.reason,
            hint: paused.hint,
            asked_again_at: Instant(paused.why.probe_at),
        }
    }
}

impl From<ChannelReport> for ChannelShown {
    fn from(report: ChannelReport) -> Self {
        let examined = report.examined;
        let standing = examined.as_ref().map(|examined| &examined.standing);
        let number = standing.and_then(|it| it.number.said());
        let used = examined.as_ref().map_or(0, |examined| examined.written_to);
        Self {
            channel: Word(report.medium),
            provider: report.provider,
            state: Word(report.state),
            paused: report.paused.map(PausedShown::from),
            last_sent_at: maybe(report.traces.sent_at),
            last_receipt_at: maybe(report.traces.receipt_at),
            last_webhook_at: maybe(report.traces.webhook_at),
            examined_at: maybe(examined.as_ref().map(|examined| examined.asked_at)),
            token: standing.and_then(|it| it.token.said()).map(TokenShown::from),
            number: number.map(NumberShown::from),
            limit: number.and_then(Number::limit).map(|limit| LimitShown {
                new_conversations: match limit {
                    Limit::Of(most) => Some(most),
                    Limit::None => None,
                },
                used,
            }),
            usage: examined.as_ref().map(|examined| UsageShown::from(&examined.bill)),
            findings: examined.into_iter().flat_map(|it| it.findings).map(Into::into).collect(),
        }
    }
}

impl From<&Bill> for UsageShown {
    fn from(bill: &Bill) -> Self {
        let counted = bill.messages.iter().map(|it| CountedShown {
            category: it.category.clone(),
            r#type: it.kind.clone(),
            billable: it.billable,
            count: it.count,
        });
        Self {
            month: bill.month.clone(),
            messages: counted.collect(),
            free_replies_left: bill.free_left,
            estimated_cost: bill.cost.as_ref().map(|cost| CostShown {
                amount: cost.amount.clone(),
                currency: cost.currency.clone(),
                unpriced: cost.unpriced.clone(),
            }),
        }
    }
}

impl From<&Token> for TokenShown {
    fn from(token: &Token) -> Self {
        Self {
            is_valid: token.is_valid,
            kind: token.kind.clone(),
            never_expires: token.ends == Until::Ever,
            expires_at: match token.ends {
                Until::At(end) => Some(Instant(end)),
                Until::Ever | Until::Unsaid => None,
            },
            permissions: token.scopes.clone(),
        }
    }
}

impl From<&Number> for NumberShown {
    fn from(number: &Number) -> Self {
        Self {
            display_number: number.display.clone(),
            name: number.name.clone(),
            status: number.status.clone(),
            quality: number.quality.clone(),
            throughput: number.throughput.clone(),
        }
    }
}

impl From<Finding> for FindingShown {
    fn from(finding: Finding) -> Self {
        Self {
            check: Word(finding.check),
            verdict: Word(finding.verdict),
            detail: finding.so,
            hint: finding.todo,
        }
    }
}
