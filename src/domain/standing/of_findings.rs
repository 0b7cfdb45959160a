//! How we stand with a provider of which a channel judges for itself.
use super::{Standing, Told, Version};
use crate::domain::finding::Finding;

impl Standing {
    /// How we stand by these findings, of a channel that judges for itself.
    pub fn of(found: Vec<Finding>) -> Self {
        fn unasked<T>() -> Told<T> {
            Told::LeftOut("it is not asked of this provider".to_owned())
        }
        let version = Version { name: String::new(), ends: None, usual: String::new() };
        Self {
            version,
            token: unasked(),
            number: unasked(),
            account: unasked(),
            app_secrets: unasked(),
            subscription: unasked(),
            subscribed_apps: unasked(),
            webhook: unasked(),
            told: Some(found),
        }
    }
}
