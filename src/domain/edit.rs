//! Editing what was filed: which words somebody would change, and what that makes of a ticket.
use super::text::{FieldError, Flaws, prose};
use super::ticket::{Category, NewTicket, Priority, word};

/// What somebody typed into a field: nothing where it is to stay, `null` where they want it gone.
pub type Typed = Option<Option<String>>;

/// What somebody would change of a ticket.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Raw title.
    pub title: Typed,
    /// Raw description.
    pub description: Typed,
    /// Raw priority.
    pub priority: Typed,
    /// Raw category.
    pub category: Typed,
    /// Raw project name.
    pub project_name: Typed,
}

/// One field that was edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name on the wire.
    pub field: String,
    /// What stood there.
    pub from: String,
    /// What stands there since.
    pub to: String,
}

impl Edit {
    /// What the edit makes of `before`, with every flaw noted in `flaws`. A field with a flaw stays
    /// as it is.
    pub fn read(self, before: &NewTicket, flaws: &mut Flaws) -> NewTicket {
        let mut after = before.clone();
        set(flaws, "title", self.title, &mut after.title, |raw| prose("title", raw, 200));
        set(flaws, "description", self.description, &mut after.description, |raw| {
            prose("description", raw, 10_000)
        });
        set(flaws, "priority", self.priority, &mut after.priority, |raw| {
            word("priority", raw, &Priority::ALL.map(Priority::as_str))
        });
        set(flaws, "category", self.category, &mut after.category, |raw| {
            word("category", raw, &Category::ALL.map(Category::as_str))
        });
        set(flaws, "project_name", self.project_name, &mut after.project_name, |raw| {
            prose("project_name", raw, 100)
        });
        after
    }
}

fn set<T>(
    flaws: &mut Flaws,
    field: &'static str,
    typed: Typed,
    place: &mut T,
    parse: impl FnOnce(&str) -> Result<T, FieldError>,
) {
    let Some(typed) = typed else { return };
    if let Some(value) = flaws.need(field, typed.as_deref(), parse) {
        *place = value;
    }
}

/// What differs between the two, field by field.
pub fn changes(before: &NewTicket, after: &NewTicket) -> Vec<FieldChange> {
    fn cells(of: &NewTicket) -> [(&'static str, &str); 5] {
        [
            ("title", &of.title),
            ("description", &of.description),
            ("priority", of.priority.as_str()),
            ("category", of.category.as_str()),
            ("project_name", &of.project_name),
        ]
    }
    let both = cells(before).into_iter().zip(cells(after));
    let changed = both.filter(|((_, from), (_, to))| from != to);
    changed
        .map(|((field, from), (_, to))| FieldChange {
            field: field.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filed() -> NewTicket {
        NewTicket {
            title: "Old".into(),
            description: "Words".into(),
            priority: Priority::Low,
            category: Category::Bug,
            project_name: "Portal".into(),
        }
    }

    fn given(text: &str) -> Typed {
        Some(Some(text.to_owned()))
    }

    #[test]
    fn what_is_given_changes_and_the_rest_stays() {
        let mut flaws = Flaws::default();
        let edit =
            Edit { title: given(" New "), priority: given("CRITICAL"), ..Default::default() };
        let after = edit.read(&filed(), &mut flaws);
        assert!(flaws.check().is_ok());
        assert_eq!(
            after,
            NewTicket { title: "New".into(), priority: Priority::Critical, ..filed() }
        );
        let named: Vec<_> = changes(&filed(), &after)
            .into_iter()
            .map(|FieldChange { field, from, to }| [field, from, to].join(" "))
            .collect();
        assert_eq!(named, ["title Old New", "priority LOW CRITICAL"]);
        assert!(
            changes(&filed(), &Edit::default().read(&filed(), &mut Flaws::default())).is_empty()
        );
    }

    #[test]
    fn an_edit_names_all_its_flaws_at_once() {
        let mut flaws = Flaws::default();
        let edit = Edit {
            title: given(""),
            description: Some(None),
            priority: given("low"),
            category: given("BUG"),
            project_name: given("a\0b"),
        };
        assert_eq!(edit.read(&filed(), &mut flaws), filed());
        let Err(flaws) = flaws.check() else { panic!("flaws were expected") };
        let named: Vec<_> = flaws.iter().map(|flaw| (flaw.field.as_ref(), flaw.code)).collect();
        assert_eq!(
            named,
            [
                ("title", "blank"),
                ("description", "required"),
                ("priority", "unknown_value"),
                ("project_name", "control_character")
            ]
        );
    }
}
