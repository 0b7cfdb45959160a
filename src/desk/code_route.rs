//! By which provider a code goes, and where codes may go at all.
use std::sync::Arc;

use super::Desk;
use super::code_error::CodeError;
use super::error::DeskError;
use crate::domain::country::Country;
use crate::domain::medium::{Address, Medium};
use crate::domain::notification::Lane;
use crate::domain::text::FieldError;
use crate::ports::channel::{Channel, Route};

impl Desk {
    /// The first provider that serves this medium.
    pub(super) fn first_route(&self, medium: Medium) -> Result<Route, DeskError> {
        let channel = self.channels.by(medium).next();
        channel.map(|it| it.route()).ok_or_else(|| CodeError::NotConfigured(medium).into())
    }

    /// The first one that could carry a code and is not paused; where there is none, the first.
    pub(super) async fn route(&self, medium: Medium) -> Result<Route, DeskError> {
        let first = self.first_route(medium)?;
        let could = self.channels.by(medium).filter(|it| it.carries(Lane::Code, None));
        let those: Vec<_> = could.cloned().collect();
        if those.len() < 2 {
            return Ok(first);
        }
        let bulletin = self.store.bulletin().await?;
        let is_paused = |channel: &Arc<dyn Channel>| {
            let state = bulletin.state(channel.provider(), channel.sender());
            state.is_some_and(|state| state.paused.is_some())
        };
        let free = those.iter().find(|channel| !is_paused(channel));
        Ok(free.map_or(first, |channel| channel.route()))
    }

    /// The country by which a destination is counted, where codes may go there.
    pub(super) fn country(&self, to: &Address, field: &'static str) -> Result<String, DeskError> {
        let Address::Phone(number) = to else { return Ok(String::new()) };
        let country = Country::of(number);
        let named = &self.codes.settings.countries;
        match country {
            Some(country) if named.is_empty() || named.contains(&country) => {
                Ok(country.as_str().to_owned())
            }
            _ => Err(DeskError::Invalid(vec![not_there(field)])),
        }
    }
}

fn not_there(field: &'static str) -> FieldError {
    FieldError::new(field, "country", "codes are not sent to the country of this number")
}
