//! Files at Meta: uploaded by the business, or sent by a person, each under an id for some weeks.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest, Sha256};

const MOST: usize = 200;

/// A file.
pub(super) struct Media {
    /// What it says that it is.
    pub(super) mime: String,
    /// What it is.
    pub(super) bytes: Vec<u8>,
    /// Its digest.
    pub(super) sha256: String,
}

impl Media {
    /// A file of these bytes.
    pub(super) fn of(mime: String, bytes: Vec<u8>) -> Self {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        Self { mime, bytes, sha256 }
    }
}

/// Every file, the newest some of them.
#[derive(Default)]
pub(super) struct MediaStore {
    by_id: HashMap<String, Media>,
    oldest_first: VecDeque<String>,
}

impl MediaStore {
    /// Keeps a file, and gives it an id: `77` and 15 digits, which no number of ours looks like.
    pub(super) fn keep(&mut self, media: Media) -> String {
        if self.oldest_first.len() == MOST
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        let id = format!("77{:015}", rand::random::<u64>() % 1_000_000_000_000_000);
        self.oldest_first.push_back(id.clone());
        self.by_id.insert(id.clone(), media);
        id
    }

    /// The file with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Media> {
        self.by_id.get(id)
    }

    /// Throws a file away; false where there is none.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.oldest_first.retain(|known| known != id);
        self.by_id.remove(id).is_some()
    }
}

/// One part of a form with files.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Part {
    /// The field.
    pub(super) name: String,
    /// What it says that it is, where it is a file.
    pub(super) mime: Option<String>,
    /// What it is.
    pub(super) bytes: Vec<u8>,
}

/// The parts of a form after RFC 7578; `None` where it is none.
pub(super) fn parts(content_type: &str, body: &[u8]) -> Option<Vec<Part>> {
    let boundary = content_type.split("boundary=").nth(1)?.split(';').next()?.trim_matches('"');
    let mark = format!("--{boundary}");
    let mut rest = after(body, mark.as_bytes())?;
    let mut parts = vec![];
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = position(part, format!("\r\n{mark}").as_bytes())?;
        parts.push(part_of(&part[..end])?);
        rest = after(&part[end..], mark.as_bytes())?;
    }
    Some(parts)
}

fn part_of(raw: &[u8]) -> Option<Part> {
    let end = position(raw, b"\r\n\r\n")?;
    let mut part = Part { bytes: raw[end + 4..].to_vec(), ..Part::default() };
    for line in String::from_utf8_lossy(&raw[..end]).lines() {
        let (name, value) = line.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                let name = value.split("; name=").nth(1).unwrap_or_default();
                part.name = name.split(';').next()?.trim_matches('"').to_owned();
            }
            "content-type" => part.mime = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Some(part)
}

fn after<'a>(body: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    position(body, mark).map(|at| &body[at + mark.len()..])
}

fn position(body: &[u8], mark: &[u8]) -> Option<usize> {
    body.windows(mark.len()).position(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\n\
            whatsapp\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\
            Content-Type: application/pdf\r\n\r\n\x00\r\n-\r\n--x--\r\n";
        let parts = parts("multipart/form-data; boundary=x", body).unwrap();
        let expected = [
            Part { name: "messaging_product".into(), mime: None, bytes: b"whatsapp".to_vec() },
            Part {
                name: "file".into(),
                mime: Some("application/pdf".into()),
                bytes: b"\x00\r\n-".to_vec(),
            },
        ];
        assert_eq!(parts, expected);
        assert_eq!(super::parts("text/plain", body), None);
    }

    #[test]
    fn a_file_is_there_until_it_is_thrown_away() {
        let mut store = MediaStore::default();
        let id = store.keep(Media::of("text/plain".into(), b"hi".to_vec()));
        assert_eq!(id.len(), 17);
        assert_eq!(store.get(&id).map(|media| media.bytes.len()), Some(2));
        assert!(store.remove(&id) && !store.remove(&id));
    }
}
