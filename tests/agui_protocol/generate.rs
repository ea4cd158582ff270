//! Makes values from the contract's JSON Schema, and checks values against it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// The vendored contract.
pub struct Schema {
    defs: Value,
    validators: HashMap<&'static str, jsonschema::Validator>,
}

static VENDORED: LazyLock<Schema> = LazyLock::new(|| {
    let json = include_str!("../../schema/ag-ui.schema.json");
    let schema: Value = serde_json::from_str(json).unwrap();
    let defs = schema["$defs"].clone();
    let validators = ["Event", "RunAgentInput"].map(|name| {
        let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": defs});
        (name, jsonschema::validator_for(&schema).unwrap())
    });
    Schema {
        defs,
        validators: validators.into(),
    }
});

impl Schema {
    pub fn vendored() -> &'static Self {
        &VENDORED
    }

    /// What is wrong with a value.
    pub fn errors(&self, def: &str, value: &Value) -> Vec<String> {
        let errors = self.validators[def].iter_errors(value);
        errors.map(|error| error.to_string()).collect()
    }

    /// A value of a type; the same seed makes the same value.
    pub fn generate(&self, def: &str, seed: u64) -> Value {
        let mut maker = Maker {
            defs: &self.defs,
            seed,
        };
        maker.value(&self.defs[def], 0)
    }
}

struct Maker<'a> {
    defs: &'a Value,
    seed: u64,
}

impl Maker<'_> {
    /// A number below `below` (SplitMix64).
    fn below(&mut self, below: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % below
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            let target = self.defs[name].clone();
            return self.value(&target, depth);
        }
        for choice in ["oneOf", "anyOf", "enum"] {
            if let Some(choices) = schema[choice].as_array() {
                let chosen = &choices[self.below(choices.len())];
                return match choice {
                    "enum" => chosen.clone(),
                    _ => self.value(chosen, depth),
                };
            }
        }
        match schema["type"].as_str() {
            Some("string") => self.text(schema),
            Some("integer") => json!(self.below(1 << 40)),
            Some("number") => json!(self.below(1000) as f64 / 8.0),
            Some("boolean") => json!(self.below(2) == 0),
            Some("null") => Value::Null,
            Some("array") => {
                let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
                let length = least + if depth > 4 { 0 } else { self.below(3) };
                (0..length)
                    .map(|_| self.value(&schema["items"], depth + 1))
                    .collect()
            }
            Some("object") => self.object(schema, depth),
            _ => self.any(depth),
        }
    }

    fn text(&mut self, schema: &Value) -> Value {
        let texts = match schema["pattern"].as_str() {
            Some(_) => ["", "/a", "/a/0", "/~1"],
            None => ["x", "Grüße 👋", "a/b", "some \"text\"\n"],
        };
        json!(texts[self.below(texts.len())])
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            let wanted = required.iter().any(|required| required == key);
            if wanted || (depth < 5 && self.below(2) == 0) {
                object.insert(key.clone(), self.value(schema, depth + 1));
            }
        }
        let open = schema["additionalProperties"] != json!(false);
        if open && self.below(2) == 0 {
            let more = schema["additionalProperties"].clone();
            object.insert("notInTheContract".to_owned(), self.value(&more, depth + 1));
        }
        Value::Object(object)
    }

    /// Any JSON.
    fn any(&mut self, depth: usize) -> Value {
        match self.below(if depth > 4 { 4 } else { 6 }) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1.5),
            3 => json!("any"),
            4 => json!([self.any(depth + 1), {}]),
            _ => json!({"key": self.any(depth + 1), "": []}),
        }
    }
}
