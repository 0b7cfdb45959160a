//! `If-Match`: which versions of a ticket the caller would change.
use actix_web::http::header::{HeaderMap, IF_MATCH};

/// The versions that the caller would change; `*` is any, and a tag that is not ours is none.
pub(super) fn if_match(headers: &HeaderMap) -> Option<Vec<i64>> {
    let header = headers.get(IF_MATCH)?.to_str().unwrap_or_default().trim();
    if header == "*" {
        return None;
    }
    let version = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Some(header.split(',').filter_map(version).collect())
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
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(IF_MATCH, HeaderValue::from_static(header));
            }
            assert_eq!(if_match(&headers), versions, "{header:?}");
        }
    }
}
