//! What the provider says of our webhook, and what our webhook says.
use super::{Circumstances, Handshake, Standing, Subscription};
use crate::domain::finding::{Check, Finding};

const SECRET: &str = "whoever runs Deskbell copies it from App Dashboard > App settings > Basic > App \
    secret into META_APP_SECRET (it is neither the token nor the verify token)";
const CONFIGURE: &str = "whoever administers the app types the callback URL and the verify token in \
    under App Dashboard > WhatsApp > Configuration and subscribes to `messages` there";

pub(super) fn findings(of: &Standing, about: &Circumstances) -> Vec<Finding> {
    let secret = of.app_secrets.or_say(Check::AppSecret);
    let secret = secret.map_or_else(|finding| finding, |each| app_secret(each));
    let webhook = of.webhook.or_say(Check::Webhook).map_or_else(unheard, |it| webhook(it, about));
    vec![secret, webhook, subscription(of, about)]
}

fn app_secret(each: &[bool]) -> Finding {
    const CHECK: Check = Check::AppSecret;
    match each {
        [] => Finding::failed(CHECK, "there is none: no report can be taken in", SECRET),
        [true] => Finding::ok(CHECK, "the app's own"),
        [true, true] => Finding::ok(CHECK, "both are the app's"),
        _ if each.contains(&true) => Finding::warning(
            CHECK,
            "one is the app's, the other is not (any more, or yet)",
            "whoever runs Deskbell leaves the other one out of META_APP_SECRET once it is rotated",
        ),
        _ => Finding::failed(CHECK, "another app's, or none: every report is refused", SECRET),
    }
}

/// Our own address is nobody else's to mend: where nothing answers, that is a failure.
fn unheard(finding: Finding) -> Finding {
    match finding.so.strip_prefix("not known: ") {
        Some(why) => Finding::failed(
            Check::Webhook,
            why.to_owned(),
            "whoever runs Deskbell starts it, and checks DNS, certificate, firewall and tunnel of \
             PUBLIC_URL: Meta calls only HTTPS with a certificate that browsers accept",
        ),
        None => finding,
    }
}

fn webhook(it: &Handshake, about: &Circumstances) -> Finding {
    const CHECK: Check = Check::Webhook;
    let url = about.public_url.as_deref().unwrap_or_default();
    match it {
        Handshake::Ours if !about.is_simulated && !url.starts_with("https://") => Finding::warning(
            CHECK,
            "it answers, but without HTTPS",
            "whoever runs Deskbell puts it behind a proxy or a tunnel with a certificate and sets \
             PUBLIC_URL=https://…: Meta calls nothing else",
        ),
        Handshake::Ours => Finding::ok(CHECK, "it answers to the verify token"),
        Handshake::Other(403) => Finding::failed(
            CHECK,
            "it refuses our verify token (403)",
            "whoever runs Deskbell restarts it, so that it takes WHATSAPP_VERIFY_TOKEN as it is set \
             now, and types the same word in under App Dashboard > WhatsApp > Configuration",
        ),
        Handshake::Other(status) => Finding::failed(
            CHECK,
            format!("something other than Deskbell answers there ({status})"),
            "whoever runs Deskbell points PUBLIC_URL, its proxy or its tunnel at Deskbell",
        ),
    }
}

fn subscription(of: &Standing, about: &Circumstances) -> Finding {
    const CHECK: Check = Check::Subscription;
    if let Some(told) = of.subscription.said() {
        if let Some(finding) = of_app(told, about) {
            return finding;
        }
    } else if let Some(refusal) = of.subscription.refusal() {
        return Finding::left_out(CHECK, format!("the app's was {}", refusal.words()));
    }
    let apps = match of.subscribed_apps.or_say(CHECK) {
        Ok(apps) => apps,
        Err(finding) => return finding,
    };
    let app = of.token.said().and_then(|token| token.app_id.as_deref());
    let subscribed = app.map_or(!apps.is_empty(), |app| apps.iter().any(|it| it == app));
    if !subscribed {
        return Finding::failed(
            CHECK,
            "the account does not report to this app",
            "whoever holds the token subscribes it by `POST /<WhatsApp Business account \
             id>/subscribed_apps`, as docs/setup/whatsapp.md#4-the-webhook shows",
        );
    }
    match of.subscription.said() {
        Some(_) => Finding::ok(CHECK, "the account reports `messages` to us"),
        None => Finding::ok(CHECK, "the account reports to the app; to where, was not asked"),
    }
}

/// What is wrong with the app's part.
fn of_app(told: &Subscription, about: &Circumstances) -> Option<Finding> {
    const CHECK: Check = Check::Subscription;
    if !told.is_active {
        return Some(Finding::failed(CHECK, "the app calls no webhook", CONFIGURE));
    }
    if told.fields.iter().all(|field| field != "messages") {
        return Some(Finding::failed(CHECK, "the app is not subscribed to `messages`", CONFIGURE));
    }
    let (callback, url) = (told.callback_url.as_deref()?, about.public_url.as_deref()?);
    let ours = format!("{url}/webhook/whatsapp");
    (callback.trim_end_matches('/') != ours).then(|| {
        Finding::failed(CHECK, format!("the app calls another address than {ours}"), CONFIGURE)
    })
}
