//! The templates of the business's account: what was created, checked as Meta checks it, and how
//! each stands.

use serde_json::{Value, json};

use super::{
    fields::{needed, optional},
    refusal::Refusal,
    template_body::{checked, is, part, part_mut, places},
};

/// What Meta calls the ways in which a template can stand.
pub(super) const STATUSES: [&str; 9] = [
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "DISABLED",
    "IN_APPEAL",
    "PENDING_DELETION",
    "LIMIT_EXCEEDED",
    "ARCHIVED",
];
const CATEGORIES: [&str; 3] = ["UTILITY", "MARKETING", "AUTHENTICATION"];
/// Ids have sixteen digits and more at Meta.
const FIRST_ID: u64 = 1_000_000_000_000_001;

/// One template.
#[derive(Clone)]
pub(super) struct Registered {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) language: String,
    pub(super) status: String,
    pub(super) category: String,
    pub(super) quality: String,
    pub(super) reason: Option<String>,
    named: bool,
    components: Value,
}

/// All of them, the first one first.
#[derive(Default)]
pub(super) struct Templates {
    all: Vec<Registered>,
    made: u64,
    /// How a new one stands, where a test wants it otherwise than approved.
    pub(super) verdict: Option<String>,
}

impl Templates {
    /// Creates one from a request.
    pub(super) fn create(&mut self, root: &Value) -> Result<Registered, Refusal> {
        let name = needed(root, "/name", 512)?;
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            let told = "Message template name must be lowercase letters, digits and underscores.";
            return Err(Refusal::of_template(2_388_072, told));
        }
        let language = needed(root, "/language", 20)?;
        let category = needed(root, "/category", 20)?.to_ascii_uppercase();
        if !CATEGORIES.contains(&&*category) {
            let told = format!("Param category must be one of {{{}}}.", CATEGORIES.join(", "));
            return Err(Refusal::invalid(told));
        }
        let named = optional(root, "/parameter_format", 20)?
            .is_some_and(|format| format.eq_ignore_ascii_case("NAMED"));
        let components = match &*category {
            "AUTHENTICATION" => of_codes(root),
            _ => checked(root, named)?,
        };
        if self.find(name, language).is_some() {
            let told = "There is already content for this template in this language.";
            return Err(Refusal::of_template(2_388_024, told));
        }
        let made = Registered {
            id: FIRST_ID + self.made,
            name: name.to_owned(),
            language: language.to_owned(),
            status: self.verdict(),
            category,
            quality: "UNKNOWN".to_owned(),
            reason: None,
            named,
            components,
        };
        self.made += 1;
        self.all.push(made.clone());
        Ok(made)
    }

    /// Gives one another text, which is reviewed again.
    pub(super) fn edit(&mut self, id: u64, root: &Value) -> Result<Registered, Refusal> {
        let verdict = self.verdict();
        let found = self.all.iter_mut().find(|template| template.id == id);
        let template = found.ok_or_else(|| Refusal::no_such_object(&id.to_string()))?;
        if matches!(&*template.status, "PENDING" | "IN_APPEAL" | "DISABLED") {
            let told = "This template cannot be edited while it is in review or disabled.";
            return Err(Refusal::of_template(2_388_039, told));
        }
        template.components = match &*template.category {
            "AUTHENTICATION" => of_codes(root),
            _ => checked(root, template.named)?,
        };
        if let Some(category) = optional(root, "/category", 20)? {
            if template.status == "APPROVED" && category != template.category {
                let told = "The category of an approved template cannot be edited.";
                return Err(Refusal::of_template(2_388_039, told));
            }
            template.category = category.to_ascii_uppercase();
        }
        template.status = verdict;
        template.reason = None;
        Ok(template.clone())
    }

    /// Takes one off its pause.
    pub(super) fn unpause(&mut self, id: u64) -> Result<Registered, Refusal> {
        let found = self.all.iter_mut().find(|template| template.id == id);
        let template = found.ok_or_else(|| Refusal::no_such_object(&id.to_string()))?;
        if template.status != "PAUSED" {
            return Err(Refusal::of_template(2_388_039, "This template is not paused."));
        }
        template.status = "APPROVED".to_owned();
        Ok(template.clone())
    }

    /// Deletes those of this name, or the one of them with this id; says whether there were any.
    pub(super) fn delete(&mut self, name: &str, id: Option<u64>) -> bool {
        let before = self.all.len();
        self.all.retain(|it| it.name != name || id.is_some_and(|id| it.id != id));
        self.all.len() < before
    }

    /// Every one, the first one first.
    pub(super) fn all(&self) -> &[Registered] {
        &self.all
    }

    /// The one with this id.
    pub(super) fn by_id(&self, id: u64) -> Option<&Registered> {
        self.all.iter().find(|template| template.id == id)
    }

    /// Those of this name, in this language or in all.
    pub(super) fn named(
        &mut self,
        name: &str,
        language: Option<&str>,
    ) -> impl Iterator<Item = &mut Registered> {
        self.all.iter_mut().filter(move |it| {
            it.name == name && language.is_none_or(|language| it.language == language)
        })
    }

    /// What a person reads of this template message, where it may be sent, and its category.
    pub(super) fn words(&self, root: &Value) -> Result<(String, String), Refusal> {
        let name = needed(root, "/template/name", 512)?;
        let language = needed(root, "/template/language/code", 20)?;
        let Some(template) = self.find(name, language) else {
            let details = format!("template name ({name}) does not exist in {language}");
            return Err(Refusal::of(404, 132_001).because(details));
        };
        match &*template.status {
            "APPROVED" => Ok((template.filled(root)?, template.category.clone())),
            "PAUSED" => Err(Refusal::of(400, 132_015)),
            "DISABLED" => Err(Refusal::of(400, 132_016)),
            _ => Err(Refusal::of(404, 132_001)),
        }
    }

    fn find(&self, name: &str, language: &str) -> Option<&Registered> {
        self.all.iter().find(|it| it.name == name && it.language == language)
    }

    fn verdict(&self) -> String {
        self.verdict.clone().unwrap_or_else(|| "APPROVED".to_owned())
    }
}

/// The text of a template that carries codes is Meta's own, whoever registers it.
fn of_codes(root: &Value) -> Value {
    let given = root.get("components").and_then(Value::as_array);
    let is_body = |it: &&Value| is(it, "BODY");
    let mut all = vec![json!({
        "type": "BODY",
        "text": "*{{1}}* is your verification code. For your security, do not share it.",
    })];
    all.extend(given.into_iter().flatten().filter(|it| !is_body(it)).cloned());
    Value::Array(all)
}

impl Registered {
    /// As the list shows it.
    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id.to_string(), "name": self.name, "language": self.language,
            "status": self.status, "category": self.category,
            "parameter_format": if self.named { "NAMED" } else { "POSITIONAL" },
            "components": self.components,
            "quality_score": { "score": self.quality },
            "rejected_reason": self.reason.as_deref().unwrap_or("NONE"),
        })
    }

    /// Gives it another text without anybody's leave, as an editor in WhatsApp Manager would.
    pub(super) fn reword(&mut self, text: &str) {
        if let Some(body) = part_mut(&mut self.components, "BODY") {
            body["text"] = json!(text);
        }
    }

    fn body(&self) -> &str {
        let text = part(&self.components, "BODY").and_then(|body| body.get("text")?.as_str());
        text.unwrap_or_default()
    }

    fn filled(&self, root: &Value) -> Result<String, Refusal> {
        let components = root.pointer("/template/components").and_then(Value::as_array);
        let given: Vec<&Value> = components
            .into_iter()
            .flatten()
            .filter(|it| is(it, "BODY"))
            .filter_map(|it| it.get("parameters")?.as_array())
            .flatten()
            .collect();
        let places = places(self.body());
        let unlike = |details: String| Refusal::of(400, 132_000).because(details);
        if given.len() != places.len() {
            let details = format!(
                "body: number of localizable_params ({}) does not match the expected number of \
                 params ({})",
                given.len(),
                places.len()
            );
            return Err(unlike(details));
        }
        let mut filled = self.body().to_owned();
        for (at, place) in places.iter().enumerate() {
            let value = match self.named {
                true => given.iter().find(|it| it["parameter_name"] == **place).copied(),
                false => given.get(at).copied(),
            };
            let Some(text) = value.and_then(|value| value.get("text")?.as_str()) else {
                return Err(Refusal::invalid("Parameter name is missing or empty"));
            };
            // A value that looks like a place of its own stays what it is.
            filled = filled.replace(&format!("{{{{{place}}}}}"), &text.replace("{{", "{\u{1}{"));
        }
        let filled = filled.replace('\u{1}', "");
        if filled.chars().count() > 1024 {
            return Err(Refusal::of(400, 132_005));
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests;
