//! `If-Match`: which versions of a ticket the caller would change.
use actix_web::http::header::{HeaderMap, IF_MATCH};

/// The versions that the caller would change; `*` is any, and a tag that is not ours is none.
pub(super) fn if_match(headers: &HeaderMap) -> Option<Vec<i64>> {
    headers.get(IF_MATCH)?;
    // Several lines are one list (RFC 9110, 5.3).
    let lines = headers.get_all(IF_MATCH).map(|line| line.to_str().unwrap_or_default());
    let tags: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    if tags == ["*"] {
        return None;
    }
    Some(tags.into_iter().filter_map(version).collect())
}

/// The version that one of our tags names; `"01"` is none of them.
fn version(tag: &str) -> Option<i64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let version: i64 = digits.parse().ok()?;
    (version.to_string() == digits).then_some(version)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn if_match_names_versions() {
        for (header, versions) in [
            (None, None),
            (Some("*"), None),
            (Some("\"3\""), Some(vec![3])),
            (Some("\"3\", \"4\""), Some(vec![3, 4])),
            (Some("W/\"3\""), Some(vec![])),
            (Some("3"), Some(vec![])),
            (Some("\"03\", \"+3\""), Some(vec![])),
            (Some("\"3\", *"), Some(vec![3])),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(IF_MATCH, HeaderValue::from_static(header));
            }
            assert_eq!(if_match(&headers), versions, "{header:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(IF_MATCH, HeaderValue::from_static("\"5\""));
        headers.append(IF_MATCH, HeaderValue::from_static("\"1\""));
        assert_eq!(if_match(&headers), Some(vec![5, 1]));
    }
}
