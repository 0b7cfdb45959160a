//! Meta's error codes, sorted by what to do next. The code decides, not the HTTP status: Meta
//! answers 400 for a limit that passes by itself as well as for a message that can never go. Of a code
//! that nobody knows there is only the status.
use reqwest::StatusCode;

use super::wire::GraphError;
use crate::domain::attempt::{Failure, Remedy};

/// Every code that we know, each with a hint (`hints.rs`) and a place in `docs/setup/whatsapp.md`
/// that [`anchor`] names.
#[rustfmt::skip]
pub const CODES: &[i64] = &[
    0, 1, 2, 3, 4, 10, 33, 100, 104, 190, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210,
    211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229,
    230, 231, 232, 233, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248,
    249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267,
    268, 269, 270, 271, 272, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 283, 284, 285, 286,
    287, 288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 368, 613, 80_007, 80_008,
    130_403, 130_429, 130_472, 130_497, 131_000, 131_005, 131_008, 131_009, 131_016, 131_021, 131_026,
    131_030, 131_031, 131_037, 131_042, 131_044, 131_045, 131_047, 131_048, 131_049, 131_050,
    131_051, 131_052, 131_053, 131_055, 131_056, 131_057, 131_059, 131_062, 131_063, 131_064,
    132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016, 132_018, 132_068,
    132_069, 133_000, 133_004, 133_005, 133_006, 133_008, 133_009, 133_010, 133_015, 133_016,
    134_011, 134_100, 134_101, 134_102, 135_000, 137_000, 139_100, 139_101, 139_102, 139_103,
    147_001, 147_002, 147_003, 147_004, 147_005, 2_388_019, 2_388_039, 2_388_040, 2_388_047,
    2_388_072, 2_388_073, 2_388_293, 2_388_299, 2_494_100,
];

/// Where `docs/setup/whatsapp.md` speaks of a code, if it is one of [`CODES`].
pub fn anchor(code: i64) -> Option<String> {
    CODES.contains(&code).then(|| format!("code-{code}"))
}

/// What a Graph error that came with an HTTP status means for the message: of a code that nobody knows,
/// the status alone tells whether it may pass.
pub(super) fn failure_with(status: StatusCode, error: &GraphError) -> Failure {
    let failure = failure(error);
    match status.is_server_error() && !CODES.contains(&error.code) {
        true => Failure { remedy: Remedy::Again, ..failure },
        false => failure,
    }
}

/// What a Graph error means for the message.
pub(super) fn failure(error: &GraphError) -> Failure {
    Failure { code: Some(error.code), message: error.words(), remedy: remedy(error) }
}

fn remedy(error: &GraphError) -> Remedy {
    // `100` with this subcode: the object does not exist for this token, which no message mends.
    if error.code == 100 && error.error_subcode == Some(33) {
        return Remedy::Hold;
    }
    if error.is_transient == Some(true) {
        return Remedy::Again;
    }
    of_code(error.code)
}

/// Sources: Meta's page of error codes (2026-09-11) and its changelog.
#[rustfmt::skip]
pub(super) fn of_code(code: i64) -> Remedy {
    match code {
        // Limits of how fast one may go.
        4 | 613 | 80_007 | 80_008 | 130_429 | 131_056 => Remedy::Slower,
        // Outages.
        1 | 2 | 131_000 | 131_016 | 132_069 | 133_004 | 134_101 => Remedy::Again,
        // The token, the number, the account, its money, its standing, its maintenance; templates.
        0 | 3 | 10 | 33 | 104 | 190 | 200..=299 | 368 | 131_005 | 131_031 | 131_037 | 131_042
        | 131_044 | 131_045 | 131_048 | 131_057 | 131_063 | 131_064 | 132_001 | 132_007 | 132_015
        | 132_016 | 133_000 | 133_005 | 133_006 | 133_008 | 133_009 | 133_010 | 133_015 | 133_016
        | 134_011 | 134_102 | 2_494_100 => Remedy::Hold,
        // More than a day since the person wrote: free text is refused, a template is not.
        131_047 => Remedy::AsTemplate,
        // Everything else is about this message or this person, and stays so.
        _ => Remedy::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> GraphError {
        serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"))
    }

    #[test]
    fn the_code_decides_what_to_do_next() {
        for (json, remedy) in [
            (r#"{"code":130429,"message":"(#130429) Rate limit hit"}"#, Remedy::Slower),
            (r#"{"code":131056,"message":"pair"}"#, Remedy::Slower),
            (r#"{"code":131000,"message":"Something went wrong"}"#, Remedy::Again),
            (r#"{"code":2,"message":"Service temporarily unavailable"}"#, Remedy::Again),
            (r#"{"code":190,"message":"expired"}"#, Remedy::Hold),
            (r#"{"code":200,"message":"permission"}"#, Remedy::Hold),
            (r#"{"code":100,"error_subcode":33,"message":"no such object"}"#, Remedy::Hold),
            (r#"{"code":132015,"message":"paused"}"#, Remedy::Hold),
            (r#"{"code":100,"message":"Invalid parameter"}"#, Remedy::Never),
            (r#"{"code":131026,"message":"Message undeliverable"}"#, Remedy::Never),
            (r#"{"code":131030,"message":"not in allowed list"}"#, Remedy::Never),
            (r#"{"code":131049,"message":"healthy ecosystem"}"#, Remedy::Never),
            (r#"{"code":987654,"message":"new"}"#, Remedy::Never),
            (r#"{"code":987654,"message":"new","is_transient":true}"#, Remedy::Again),
        ] {
            assert_eq!(failure(&read(json)).remedy, remedy, "{json}");
        }
    }

    #[test]
    fn the_status_tells_of_codes_that_nobody_knows_alone() {
        for (status, code, remedy) in [
            (503, 987_654, Remedy::Again),
            (500, 987_654, Remedy::Again),
            (400, 987_654, Remedy::Never),
            (500, 131_026, Remedy::Never),
            (500, 190, Remedy::Hold),
        ] {
            let error = read(&format!(r#"{{"code":{code},"message":"m"}}"#));
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(failure_with(status, &error).remedy, remedy, "{status} {code}");
        }
    }

    #[test]
    fn the_words_are_the_most_telling_ones() {
        for (json, words) in [
            (r#"{"code":1,"message":"m","error_data":{"details":"d"}}"#, "m: d"),
            (r#"{"code":1,"message":"m","error_data":"d"}"#, "m: d"),
            (r#"{"code":1,"title":"t","message":"t"}"#, "t"),
            (r#"{"code":1}"#, "no message"),
        ] {
            assert_eq!(failure(&read(json)).message, words, "{json}");
        }
    }
}
