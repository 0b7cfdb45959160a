//! Settings of e-mail: Gmail's API, a mail server, and from whom e-mails come.
use reqwest::Url;
use secrecy::SecretString;

use super::Provider;
use super::reader::Reader;
use crate::channels::mime::Sender;
use crate::channels::{gmail, smtp};

const GMAIL: &str = "https://gmail.googleapis.com";
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// In quotes, without which neither a shell nor `.env` reads it.
const SENDER: &str = "'Deskbell <desk@example.com>'";
const CLIENT: &str = "1234-abcd.apps.googleusercontent.com";

impl Reader<'_> {
    /// Gmail; where nothing of it and no mail server is set it is simulated, or absent in production.
    pub(super) fn gmail(&mut self, production: bool, product: &str) -> Provider<gmail::Settings> {
        let needed = [
            ("EMAIL_CLIENT_ID", "Google Cloud Console > Credentials", CLIENT),
            ("EMAIL_CLIENT_SECRET", "Google Cloud Console > Credentials", "GOCSPX-…"),
            ("EMAIL_REFRESH_TOKEN", "`deskbell gmail connect` obtains it", "1//0…"),
        ];
        let given = needed.map(|(name, _, _)| self.text(name));
        let api_url = self.address_or("GMAIL_API_URL", GMAIL);
        let token_url = self.address_or("GOOGLE_TOKEN_URL", TOKENS);
        let from = self.email_from(product).unwrap_or_else(|| Sender::known(product));
        if given.iter().all(Option::is_none) {
            let nobody = !production && self.text("SMTP_URL").is_none();
            return if nobody { Provider::Simulated } else { Provider::Absent };
        }
        for ((name, from, example), given) in needed.iter().zip(&given) {
            if given.is_none() {
                self.complain(name, &format!("is needed: {from}"), example);
            }
        }
        let [client_id, client_secret, refresh_token] = given.map(Option::unwrap_or_default);
        Provider::Real(Box::new(gmail::Settings {
            client_id,
            client_secret: client_secret.into(),
            refresh_token: refresh_token.into(),
            from,
            api_url,
            token_url,
            is_simulated: false,
        }))
    }

    /// The mail server.
    pub(super) fn smtp(&mut self, product: &str) -> Option<smtp::Settings> {
        let given = self.text("SMTP_URL")?;
        if !smtp::is_address(&given) {
            let what =
                "is the address of a mail server, with user and password where it asks for them";
            self.complain("SMTP_URL", what, "smtps://user:password@mail.example.com");
            return None;
        }
        let from = match self.text("EMAIL_FROM") {
            Some(_) => self.email_from(product)?,
            None => {
                let user = Url::parse(&given).ok().map(|url| url.username().replace("%40", "@"));
                match user.and_then(|user| Sender::parse(&user, product)) {
                    Some(from) => from,
                    None => {
                        let what = "is needed: from whom e-mails come";
                        self.complain("EMAIL_FROM", what, SENDER);
                        return None;
                    }
                }
            }
        };
        Some(smtp::Settings { url: SecretString::from(given), from })
    }

    /// From whom e-mails come, if that is set; said once where it is wrong.
    fn email_from(&mut self, product: &str) -> Option<Sender> {
        let given = self.text("EMAIL_FROM")?;
        let read = Sender::parse(&given, product);
        let said = self.wrong.iter().any(|line| line.starts_with("EMAIL_FROM "));
        if read.is_none() && !said {
            let what = "is an address, perhaps with a name";
            self.complain("EMAIL_FROM", what, SENDER);
        }
        read
    }
}
