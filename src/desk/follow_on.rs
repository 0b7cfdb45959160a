//! A provider that has failed for good is followed by the next one of its medium that could carry the
//! message: the same row goes on, and what failed before counts no longer.
use super::channels::Channels;
use crate::domain::delivery::Moment;
use crate::store::held::Held;

/// Hands a row on that has just failed, where there is somebody to hand it to.
pub(super) fn follow_on(channels: &Channels, held: &mut Held, at: Moment) {
    if !held.has_just_failed() {
        return;
    }
    // Whoever has the number now is not to hear of it by another provider.
    let code = held.delivery.telling().and_then(|attempt| attempt.failure()?.code);
    let says_another = |code| channels.of(&held.provider).is_some_and(|it| it.says_another(code));
    if code.is_some_and(says_another) {
        return;
    }
    let template = held.form_template.as_deref();
    let next = channels.after(&held.provider, held.medium, held.lane, template);
    if let Some(next) = next
        && held.delivery.follow_on(at)
    {
        let (id, before) = (held.id.0, held.provider.as_str());
        tracing::info!(notification.id = id, provider = next, "{next} carries {id} after {before}");
        held.next_provider = Some(next);
    }
}
