//! An answer of the program, and what every answer has to keep.
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub asked: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The JSON of a good answer with this status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        assert!(self.header("x-request-id").is_some(), "{}: no X-Request-Id", self.asked);
        self.json()
    }

    /// A good answer that says nothing.
    #[track_caller]
    pub fn done(&self) {
        assert_eq!(self.status, 204, "{}: {}", self.asked, self.text());
        assert!(self.header("x-request-id").is_some(), "{}: no X-Request-Id", self.asked);
        assert!(self.body.is_empty(), "{}: {}", self.asked, self.text());
        assert_eq!(self.header("content-type"), None, "{}", self.asked);
    }

    /// The JSON of a good answer of the simulator, which names no requests.
    #[track_caller]
    pub fn plain(&self) -> Value {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.text());
        self.json()
    }

    /// The problem of a refusal with this status and code; every refusal keeps RFC 9457 and names
    /// its own request.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.problem(status, code);
        let named = problem["request_id"].as_str();
        assert_eq!(named, self.header("x-request-id"), "{}: {problem}", self.asked);
        problem
    }

    /// As [`Self::refused`], for one that may have been given before, to another request.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        let kind = self.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{}: {}", self.asked, self.text());
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}: {problem}", self.asked);
        assert_eq!(problem["status"], status, "{}: {problem}", self.asked);
        for member in ["type", "title", "detail", "request_id"] {
            let said = problem[member].as_str().is_some_and(|text| !text.is_empty());
            assert!(said, "{}: no {member} in {problem}", self.asked);
        }
        if status == 429 || status == 503 {
            let wait = self.header("retry-after").and_then(|it| it.parse::<u64>().ok());
            assert!(wait.is_some_and(|wait| wait > 0), "{}: {wait:?}", self.asked);
        }
        if status == 401 {
            let challenge = self.header("www-authenticate");
            assert!(challenge.is_some_and(|it| it.starts_with("Bearer")), "{}", self.asked);
        }
        problem
    }

    /// The fields of a 422, or of a query that cannot be read, with their codes, in the order of
    /// their names.
    #[track_caller]
    pub fn flaws(&self) -> Vec<(String, String)> {
        let problem = match self.status {
            400 => self.refused(400, "bad_query"),
            _ => self.refused(422, "invalid"),
        };
        let errors = problem["errors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("{}: no errors in {problem}", self.asked));
        let word = |flaw: &Value, name: &str| flaw[name].as_str().unwrap_or_default().to_owned();
        assert!(errors.iter().all(|flaw| !word(flaw, "message").is_empty()), "{problem}");
        let mut flaws: Vec<_> =
            errors.iter().map(|flaw| (word(flaw, "field"), word(flaw, "code"))).collect();
        flaws.sort();
        flaws
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
