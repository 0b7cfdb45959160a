//! Whose service a fault befalls: the simulator stands for several.

use serde::{Deserialize, Serialize};

/// One of the services that are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Provider {
    /// WhatsApp by Meta's Cloud API; a fault that names nobody is Meta's.
    #[default]
    Meta,
    /// SMS by Twilio.
    TwilioSms,
    /// WhatsApp by Twilio.
    TwilioWhatsapp,
    /// E-mail by Gmail's API.
    Gmail,
    /// Google's token endpoint.
    GoogleToken,
    /// E-mail by SMTP.
    Smtp,
}

impl Provider {
    /// Its name on the wire.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::TwilioSms => "twilio_sms",
            Self::TwilioWhatsapp => "twilio_whatsapp",
            Self::Gmail => "gmail",
            Self::GoogleToken => "google_token",
            Self::Smtp => "smtp",
        }
    }

    /// Whether it knows people by their e-mail addresses.
    pub(super) fn is_mail(self) -> bool {
        matches!(self, Self::Gmail | Self::Smtp)
    }

    /// For serde, which leaves out what needs no saying.
    pub(super) fn is_meta(&self) -> bool {
        *self == Self::Meta
    }
}
