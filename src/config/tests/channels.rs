//! Settings of Twilio, Gmail and the mail server.
use super::*;

const TWILIO: [(&str, &str); 3] = [
    ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
    ("TWILIO_AUTH_TOKEN", "hunter2"),
    ("TWILIO_PHONE_NUMBER", "+1 555 000 2222"),
];

#[test]
fn twilio_is_simulated_until_somebody_names_something_of_it() {
    assert!(read(&[]).unwrap().twilio.is_simulated());
    assert!(read(&[("TWILIO_API_URL", "http://127.0.0.1:9")]).unwrap().twilio.is_simulated());
    let content = ("TWILIO_CONTENT_SIDS", "code=HX1, deskbell_x.ar = HX2,");
    let config = read(&[&TWILIO[..], &[content]].concat()).unwrap();
    let Provider::Real(settings) = &config.twilio else { panic!("it is real") };
    assert_eq!(settings.number.as_deref(), Some("+15550002222"));
    assert_eq!(settings.content_sids["deskbell_x.ar"], "HX2");
    assert_eq!(settings.content_sids.len(), 2);
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn all_that_is_wrong_with_twilio_is_named() {
    for (vars, expected) in [
        (&[("TWILIO_AUTH_TOKEN", "t")][..], &["TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER"][..]),
        (
            &[
                ("TWILIO_ACCOUNT_SID", "SM1"),
                ("TWILIO_PHONE_NUMBER", "5550002222"),
                ("TWILIO_MESSAGING_SERVICE_SID", "AC1"),
                ("TWILIO_WHATSAPP_FROM", "nobody"),
                ("TWILIO_CONTENT_SIDS", "code=AC1,HX1"),
                ("TWILIO_API_URL", "api.twilio.com"),
            ],
            &[
                "TWILIO_API_URL",
                "TWILIO_ACCOUNT_SID",
                "TWILIO_AUTH_TOKEN",
                "TWILIO_PHONE_NUMBER",
                "TWILIO_MESSAGING_SERVICE_SID",
                "TWILIO_WHATSAPP_FROM",
                "TWILIO_CONTENT_SIDS",
                "TWILIO_CONTENT_SIDS",
            ],
        ),
    ] {
        let Err(Wrong(wrong)) = read(vars) else { panic!("these are wrong: {vars:?}") };
        let named: Vec<&str> = wrong.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(named, expected, "{wrong:?}");
        assert!(wrong.iter().all(|line| line.contains("for example")), "{wrong:?}");
    }
}

const GMAIL: [(&str, &str); 3] = [
    ("EMAIL_CLIENT_ID", "id.apps.googleusercontent.com"),
    ("EMAIL_CLIENT_SECRET", "hunter3"),
    ("EMAIL_REFRESH_TOKEN", "1//hunter4"),
];

#[test]
fn e_mail_is_simulated_until_gmail_or_a_mail_server_is_named() {
    let server = [("SMTP_URL", "smtps://desk%40example.com:hunter5@mail.example.com")];
    for (vars, simulated, gmail, smtp) in [
        (vec![], true, false, false),
        (GMAIL.to_vec(), false, true, false),
        (server.to_vec(), false, false, true),
        ([&GMAIL[..], &server[..]].concat(), false, true, true),
        (vec![("GMAIL_API_URL", "http://127.0.0.1:9")], true, false, false),
    ] {
        let config = read(&vars).unwrap();
        assert_eq!(config.gmail.is_simulated(), simulated, "{vars:?}");
        assert_eq!(matches!(config.gmail, Provider::Real(_)), gmail, "{vars:?}");
        assert_eq!(config.smtp.is_some(), smtp, "{vars:?}");
        assert!(!format!("{config:?}").contains("hunter"));
    }
}

#[test]
fn all_that_is_wrong_with_e_mail_is_named() {
    let wrong = |vars: &[(&str, &str)]| {
        let Err(Wrong(wrong)) = read(vars) else { panic!("these are wrong: {vars:?}") };
        assert!(wrong.iter().all(|line| line.contains("for example")), "{wrong:?}");
        assert!(!wrong.iter().any(|line| line.contains("hunter")), "{wrong:?}");
        wrong
            .iter()
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(wrong(&GMAIL[..1]), ["EMAIL_CLIENT_SECRET", "EMAIL_REFRESH_TOKEN"]);
    let both =
        [&GMAIL[..], &[("EMAIL_FROM", "nobody"), ("SMTP_URL", "https://u:hunter@h")]].concat();
    assert_eq!(wrong(&both), ["EMAIL_FROM", "SMTP_URL"]);
    assert_eq!(wrong(&[("SMTP_URL", "smtp://mail.example.com")]), ["EMAIL_FROM"]);
}
