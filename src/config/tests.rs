//! What the settings say, and what is said about wrong ones.
mod channels;

use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::*;

fn read(vars: &[(&str, &str)]) -> Result<Config, Wrong> {
    let vars: HashMap<&str, &str> = vars.iter().copied().collect();
    Config::read(|name| vars.get(name).map(|value| (*value).to_owned()))
}

const REAL: [(&str, &str); 2] =
    [("WHATSAPP_ACCESS_TOKEN", "EAAtoken"), ("WHATSAPP_PHONE_NUMBER_ID", "111")];

#[test]
fn with_nothing_set_everything_is_simulated_on_sqlite() {
    let config = read(&[]).unwrap();
    assert_eq!(config.bind.to_string(), "127.0.0.1:8000");
    assert_eq!(config.database.url.expose_secret(), "sqlite://data/deskbell.db");
    assert!(matches!(config.whatsapp, WhatsApp::Simulated));
    assert!(config.open_registration && config.auto_migrate);
}

#[test]
fn what_has_no_effect_while_whatsapp_is_simulated_is_named() {
    let only_secrets = [("META_APP_SECRET", "secret"), ("WHATSAPP_VERIFY_TOKEN", "word")];
    let config = read(&only_secrets).unwrap();
    assert_eq!(config.ignored, ["META_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"]);
    assert!(read(&[REAL.as_slice(), &only_secrets].concat()).unwrap().ignored.is_empty());
    assert!(read(&[]).unwrap().ignored.is_empty());
}

#[test]
fn what_is_simulated_is_read_all_the_same() {
    for name in ["WHATSAPP_API_URL", "TWILIO_API_URL", "GMAIL_API_URL", "GOOGLE_TOKEN_URL"] {
        let Err(Wrong(wrong)) = read(&[(name, "nowhere")]) else { panic!("{name}") };
        assert!(wrong.len() == 1 && wrong[0].starts_with(name), "{wrong:?}");
    }
    for (name, value) in [("EMAIL_FROM", "nobody"), ("DEFAULT_LOCALE", "zz")] {
        let Err(Wrong(wrong)) = read(&[(name, value)]) else { panic!("{name}") };
        assert!(wrong.len() == 1 && wrong[0].starts_with(name), "{wrong:?}");
    }
}

#[test]
fn every_wrong_setting_is_named_at_once_with_an_example() {
    let Err(Wrong(wrong)) = read(&[
        ("BIND_ADDR", "8000"),
        ("DATABASE_URL", "mysql://x"),
        ("JWT_SECRET", "short"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "desk.example.com"),
        ("OPEN_REGISTRATION", "maybe"),
        ("DEFAULT_LOCALE", "../en"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("TRUSTED_PROXIES", "all"),
        ("RATE_LIMIT", "sometimes"),
        ("RUST_LOG", "deskbell=loud"),
        ("WHATSAPP_ACCESS_TOKEN", "EAAtoken"),
        ("WHATSAPP_PHONE_NUMBER_ID", "+4477"),
        ("WHATSAPP_MESSAGES_PER_SECOND", "0"),
        ("WHATSAPP_PAIR_LIMIT", "perhaps"),
    ]) else {
        panic!("these are wrong")
    };
    let named: Vec<&str> = wrong.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        named,
        [
            "BIND_ADDR",
            "PUBLIC_URL",
            "DATABASE_URL",
            "JWT_SECRET",
            "DEFAULT_LOCALE",
            "OPEN_REGISTRATION",
            "CORS_ALLOWED_ORIGINS",
            "TRUSTED_PROXIES",
            "RATE_LIMIT",
            "LOG_FORMAT",
            "RUST_LOG",
            "WHATSAPP_PHONE_NUMBER_ID",
            "WHATSAPP_MESSAGES_PER_SECOND",
            "WHATSAPP_PAIR_LIMIT",
        ]
    );
    assert!(wrong.iter().all(|line| line.contains("for example")), "{wrong:?}");
}

#[test]
fn a_number_is_held_to_what_meta_allows_unless_one_says_otherwise() {
    let limits = read(&[]).unwrap().line;
    assert_eq!((limits.per_second, limits.pair), (Some(80), true));
    let bench = [("WHATSAPP_MESSAGES_PER_SECOND", "100000"), ("WHATSAPP_PAIR_LIMIT", "off")];
    let limits = read(&bench).unwrap().line;
    assert_eq!((limits.per_second, limits.pair), (None, false));
}

#[test]
fn production_starts_only_with_all_it_needs() {
    let Err(Wrong(wrong)) = read(&[("DESKBELL_ENV", "production"), ("RATE_LIMIT", "off")]) else {
        panic!("much is missing")
    };
    for name in [
        "JWT_SECRET",
        "SECRET_KEY",
        "METRICS_TOKEN",
        "RATE_LIMIT",
        "WHATSAPP_ACCESS_TOKEN",
        "WHATSAPP_PHONE_NUMBER_ID",
        "WHATSAPP_VERIFY_TOKEN",
        "META_APP_SECRET",
    ] {
        assert!(wrong.iter().any(|line| line.starts_with(name)), "{name} in {wrong:?}");
    }
    let secret = "0123456789abcdef0123456789abcdef";
    let rest = [
        ("DESKBELL_ENV", "production"),
        ("JWT_SECRET", secret),
        ("SECRET_KEY", secret),
        ("WHATSAPP_VERIFY_TOKEN", "v"),
        ("META_APP_SECRET", "old, new"),
        ("METRICS_TOKEN", "a token"),
    ];
    let config = read(&[&REAL[..], &rest[..]].concat()).unwrap();
    let WhatsApp::Real(settings) = config.whatsapp else { panic!("it is real") };
    assert_eq!(settings.app_secrets.len(), 2);
}

#[test]
fn a_token_stands_in_the_variable_or_in_a_file() {
    let file = std::env::temp_dir().join(format!("deskbell-config-{}", rand::random::<u64>()));
    let named = file.to_string_lossy().into_owned();
    let asked = |token: &str| {
        read(&[
            ("WHATSAPP_ACCESS_TOKEN", token),
            ("WHATSAPP_ACCESS_TOKEN_FILE", &named),
            ("WHATSAPP_PHONE_NUMBER_ID", "111"),
        ])
    };
    for (written, token, complaint) in [
        (None, "", Some("cannot be read or is empty")),
        (Some(" \n"), "", Some("cannot be read or is empty")),
        (Some("EAAtoken\n"), "", None),
        (Some("EAAtoken\n"), "EAAtoken", Some("which of them counts")),
    ] {
        if let Some(written) = written {
            std::fs::write(&file, written).unwrap();
        }
        match (asked(token), complaint) {
            (Ok(config), None) => {
                let WhatsApp::Real(settings) = config.whatsapp else { panic!("it is real") };
                assert_eq!(settings.access_token.expose_secret(), "EAAtoken");
                assert_eq!(settings.access_token_file.as_deref(), Some(file.as_path()));
            }
            (Err(Wrong(wrong)), Some(complaint)) => {
                assert!(wrong[0].starts_with("WHATSAPP_ACCESS_TOKEN_FILE "), "{wrong:?}");
                assert!(wrong[0].contains(complaint), "{wrong:?}");
            }
            (read, _) => panic!("{written:?} {token}: {read:?}"),
        }
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn a_version_at_the_end_of_the_address_is_the_version() {
    for (url, version, expected) in [
        (None, None, ("https://graph.facebook.com", "v25.0")),
        (Some("https://graph.facebook.com/v24.0/"), None, ("https://graph.facebook.com", "v24.0")),
        (Some("http://127.0.0.1:9300"), Some("v26.0"), ("http://127.0.0.1:9300", "v26.0")),
        (Some("http://h/v1.0"), Some("v2.0"), ("http://h", "v2.0")),
    ] {
        let mut vars = REAL.to_vec();
        vars.extend(url.map(|url| ("WHATSAPP_API_URL", url)));
        vars.extend(version.map(|version| ("WHATSAPP_API_VERSION", version)));
        let WhatsApp::Real(settings) = read(&vars).unwrap().whatsapp else { panic!("real") };
        assert_eq!((settings.api_url.as_str(), settings.api_version.as_str()), expected);
    }
}

#[test]
fn a_database_outlives_the_program() {
    for (url, good) in [
        ("sqlite://data/deskbell.db", true),
        ("sqlite:///var/lib/deskbell.db?mode=rwc", true),
        ("sqlite:deskbell.db", true),
        ("postgres://u:p@h:5432/d?sslmode=require", true),
        ("postgresql:///deskbell", true),
        ("sqlite://", false),
        ("sqlite::memory:", false),
        ("sqlite://:memory:", false),
        ("sqlite://x?mode=memory", false),
        ("postgres://[bad", false),
        ("mysql://h/d", false),
        ("deskbell.db", false),
    ] {
        assert_eq!(read(&[("DATABASE_URL", url)]).is_ok(), good, "{url}");
    }
}

#[test]
fn origins_are_whole_and_written_as_browsers_write_them() {
    for (given, expected) in [
        ("https://app.example.com", Some(vec!["https://app.example.com"])),
        (" https://App.Example.com:443/ ,,http://localhost:5173", {
            Some(vec!["https://app.example.com", "http://localhost:5173"])
        }),
        ("*", None),
        ("null", None),
        ("app.example.com", None),
        ("https://*.example.com", None),
        ("https://app.example.com/login", None),
        ("https://me@app.example.com", None),
        ("https://app.example.com, *", None),
        ("ftp://app.example.com", None),
    ] {
        let read = read(&[("CORS_ALLOWED_ORIGINS", given)]).map(|config| config.cors_origins);
        match (read, expected) {
            (Ok(origins), Some(expected)) => assert_eq!(origins, expected, "{given}"),
            (Err(Wrong(wrong)), None) => assert!(wrong[0].starts_with("CORS_ALLOWED_ORIGINS")),
            (read, _) => panic!("{given}: {read:?}"),
        }
    }
}

#[test]
fn proxies_are_addresses_and_networks() {
    let config = read(&[("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7,fd00::/8 , ::1")]).unwrap();
    let written: Vec<String> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8", "::1/128"]);
    for wrong in ["everybody", "10.0.0.0/33", "10.0.0", "*"] {
        let Err(Wrong(wrong)) = read(&[("TRUSTED_PROXIES", wrong)]) else { panic!("{wrong}") };
        assert!(wrong[0].starts_with("TRUSTED_PROXIES"), "{wrong:?}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let mut vars = REAL.to_vec();
    vars.extend([("JWT_SECRET", secret), ("DATABASE_URL", "postgres://u:hunter2@h/d")]);
    let shown = format!("{:?}", read(&vars).unwrap());
    for hidden in [secret, "hunter2", "EAAtoken"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
