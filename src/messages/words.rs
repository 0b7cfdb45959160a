//! The values of a message, made harmless: what a person typed is never markup.
use super::Told;
use super::language::Language;
use crate::domain::comment::Visibility;
use crate::domain::markup::plain;
use crate::domain::text::on_one_line;
use crate::domain::ticket::{Category, Priority};

/// What stands where a value is missing.
pub(super) const NOTHING: &str = "—";

/// What fills a letter; a file can name nothing else.
pub(super) struct Words {
    pub(super) reader: String,
    pub(super) client: String,
    pub(super) title: String,
    pub(super) project: String,
    pub(super) priority: String,
    pub(super) category: String,
    pub(super) description: String,
    pub(super) developer: String,
    pub(super) assigned: Option<String>,
    pub(super) note: Option<String>,
    pub(super) resolution: Option<String>,
    pub(super) author: String,
    pub(super) visibility: String,
    pub(super) product: String,
    pub(super) number: String,
    pub(super) count: String,
    pub(super) items: String,
    pub(super) channel: String,
    pub(super) reason: String,
    pub(super) remedy: String,
    pub(super) limit: String,
}

impl Words {
    /// What is told, for one reader.
    pub(super) fn new(told: Told<'_>, language: Language, reader: &str) -> Self {
        let ticket = told.ticket;
        let named = ticket.developer.as_ref().map(|person| person.full_name.as_str());
        let developer = named.or(told.developer).map(plain);
        Self {
            reader: plain(reader),
            client: plain(&ticket.client.full_name),
            title: plain(&on_one_line(&ticket.filed.title)),
            project: plain(&on_one_line(&ticket.filed.project_name)),
            priority: language.priority(ticket.filed.priority).to_owned(),
            category: language.category(ticket.filed.category).to_owned(),
            description: plain(&ticket.filed.description),
            developer: developer.clone().unwrap_or_else(|| NOTHING.to_owned()),
            assigned: developer,
            note: told.note.map(plain),
            resolution: ticket.resolution.as_deref().map(plain),
            author: told.author.map_or_else(|| language.somebody().to_owned(), plain),
            visibility: language.visibility(told.visibility).to_owned(),
            // No letter about one ticket has a place for these.
            product: String::new(),
            number: String::new(),
            count: String::new(),
            items: String::new(),
            channel: String::new(),
            reason: String::new(),
            remedy: String::new(),
            limit: String::new(),
        }
    }

    /// Each value is what `of` says for the name of its place, and none is missing.
    pub(super) fn each(of: impl Fn(&str) -> String) -> Self {
        Self {
            reader: of("reader"),
            client: of("client"),
            title: of("title"),
            project: of("project"),
            priority: of("priority"),
            category: of("category"),
            description: of("description"),
            developer: of("developer"),
            assigned: Some(of("developer")),
            note: Some(of("note")),
            resolution: Some(of("resolution")),
            author: of("author"),
            visibility: of("visibility"),
            product: of("product"),
            number: of("number"),
            count: of("count"),
            items: of("items"),
            channel: of("channel"),
            reason: of("reason"),
            remedy: of("remedy"),
            limit: of("limit"),
        }
    }

    /// A value set apart from its line, which runs from right to left: a name in other letters or a
    /// number keeps its own direction, and moves nothing around it.
    pub(super) fn apart(&self, value: &str) -> String {
        format!("\u{2068}{value}\u{2069}")
    }

    pub(super) fn description(&mut self) -> Option<&mut String> {
        Some(&mut self.description)
    }

    pub(super) fn note(&mut self) -> Option<&mut String> {
        self.note.as_mut()
    }

    pub(super) fn resolution(&mut self) -> Option<&mut String> {
        self.resolution.as_mut()
    }

    /// The value of a place by its name, in no language where it is a word of ours: a template may
    /// go in another language than the person's.
    pub(super) fn neutral(&self, name: &str, told: Told<'_>) -> Option<String> {
        let filed = &told.ticket.filed;
        Some(match name {
            "reader" => self.reader.clone(),
            "client" => self.client.clone(),
            "title" => self.title.clone(),
            "project" => self.project.clone(),
            "priority" => filed.priority.as_str().to_owned(),
            "category" => filed.category.as_str().to_owned(),
            "description" => self.description.clone(),
            "developer" => self.assigned.clone()?,
            "note" => self.note.clone()?,
            "resolution" => self.resolution.clone()?,
            "author" => plain(told.author?),
            "visibility" => told.visibility.as_str().to_owned(),
            _ => return None,
        })
    }
}

/// A neutral value as this language says it.
pub(super) fn said(name: &str, value: Option<&str>, language: Language) -> String {
    let ours = match (name, value) {
        ("priority", Some(word)) => word.parse().map(|it: Priority| language.priority(it)).ok(),
        ("category", Some(word)) => word.parse().map(|it: Category| language.category(it)).ok(),
        ("visibility", Some(word)) => {
            word.parse().map(|it: Visibility| language.visibility(it)).ok()
        }
        ("author", None) => Some(language.somebody()),
        _ => None,
    };
    ours.or(value).unwrap_or(NOTHING).to_owned()
}
