//! The schemas of what is read and of what is shown, made from the very types.
use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value};

/// Collects schemas, each under its name.
pub struct Schemas {
    read: SchemaGenerator,
    shown: SchemaGenerator,
}

impl Schemas {
    /// None yet.
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = "/components/schemas".into();
            })
        };
        Self {
            read: settings().for_deserialize().into_generator(),
            shown: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of a body that is read.
    pub fn read<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().to_value()
    }

    /// The schema of a body that is shown: every field of it is always there.
    pub fn shown<T: JsonSchema>(&mut self) -> Value {
        self.shown.subschema_for::<T>().to_value()
    }

    /// Every schema by its name.
    pub fn all(mut self) -> Map<String, Value> {
        let mut all = self.read.take_definitions(false);
        all.extend(self.shown.take_definitions(false));
        all.values_mut().for_each(plain);
        all.sort_keys();
        all
    }
}

/// Widths of numbers are ours and no part of the promise. What may be left out has no default: to leave it
/// out says something else than `null`, and what is needed is asked for by name.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let ours =
                |format: &Value| format.as_str().is_some_and(|format| format.starts_with("uint"));
            if object.get("format").is_some_and(ours) {
                object.remove("format");
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}
