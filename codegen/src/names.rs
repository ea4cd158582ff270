//! From GraphQL names to Rust names, and when the way back needs to be written down.
//!
//! async-graphql derives a GraphQL name from a Rust name by its own rules. Where that does not give the exact name of the
//! contract, generated code carries an explicit `name = "…"`.

/// Rust's words, which cannot name a field.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Names that generated code uses itself.
const TAKEN: &[&str] = &[
    "Box",
    "Context",
    "Deferred",
    "Enum",
    "Future",
    "InputObject",
    "Interface",
    "Object",
    "Option",
    "Result",
    "Schema",
    "SchemaBuilder",
    "Self",
    "Send",
    "SimpleObject",
    "Some",
    "Streamed",
    "String",
    "Sync",
    "Union",
    "Vec",
];

/// A Rust name, and the GraphQL name if async-graphql would not derive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The name in Rust, escaped if it is a keyword.
    pub rust: String,
    /// The name to write into the attribute, if one is needed.
    pub graphql: Option<String>,
}

impl Names {
    fn new(rust: String, graphql: &str, derived: &str) -> Self {
        Self {
            rust,
            graphql: (derived != graphql).then(|| graphql.to_owned()),
        }
    }
}

/// The Rust name of a type: the same wherever Rust allows it.
pub fn type_name(graphql: &str) -> Names {
    let mut rust = if graphql.starts_with(|c: char| c.is_ascii_uppercase()) {
        graphql.to_owned()
    } else {
        pascal(graphql)
    };
    if TAKEN.contains(&rust.as_str()) {
        rust.push_str("Type");
    }
    let derived = inflect(&rust, true);
    Names::new(rust, graphql, &derived)
}

/// The Rust name of a field or an argument: snake case.
pub fn field_name(graphql: &str) -> Names {
    let snake = snake(graphql);
    let derived = inflect(&snake, false);
    Names::new(escape(snake), graphql, &derived)
}

/// The Rust name of an enum value: Pascal case.
pub fn value_name(graphql: &str) -> Names {
    let mut rust = pascal(graphql);
    if rust == "Self" {
        rust.push_str("Value");
    }
    let plain = graphql.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let derived = if plain {
        words(&rust).join("_").to_ascii_uppercase()
    } else {
        String::new()
    };
    Names::new(rust, graphql, &derived)
}

/// The Rust type behind a custom scalar: `DateTimeISO` is `DateTimeIso`.
pub fn scalar_name(graphql: &str) -> String {
    pascal(graphql)
}

/// `SaveAgentState`, `DATE_TIME` and `dateTime` in snake case.
pub fn snake(name: &str) -> String {
    let snake = words(name).join("_").to_ascii_lowercase();
    if snake.is_empty() || snake.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{snake}")
    } else {
        snake
    }
}

/// The same in Pascal case.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        pascal.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        pascal.extend(chars.map(|c| c.to_ascii_lowercase()));
    }
    if pascal.is_empty() || pascal.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{pascal}")
    } else {
        pascal
    }
}

/// Makes a Rust identifier of a word that may be a keyword.
pub fn escape(word: String) -> String {
    match word.as_str() {
        "self" | "super" | "crate" => format!("{word}_"),
        keyword if KEYWORDS.contains(&keyword) => format!("r#{word}"),
        _ => word,
    }
}

/// Splits at underscores and where the case changes: `openaiAssistantAPI` is `openai`, `Assistant`, `API`.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|j| chars.get(j));
        let after_small = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let ends_acronym = before.is_some_and(char::is_ascii_uppercase)
            && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if c == '_' || (c.is_ascii_uppercase() && (after_small || ends_acronym)) {
            words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty()));
        }
        if c != '_' {
            word.push(c);
        }
    }
    words.extend(Some(word).filter(|w| !w.is_empty()));
    words
}

/// The name that async-graphql derives: Pascal case for types (`upper_first`), camel case for fields.
///
/// Its rule for acronyms depends on the last small letter seen, and digits start a word, so it is followed to the letter here.
fn inflect(name: &str, upper_first: bool) -> String {
    let mut derived = String::new();
    let mut at_word_start = upper_first;
    let mut last_small = ' ';
    for c in name.chars() {
        if c == '_' {
            at_word_start = at_word_start || !derived.is_empty();
        } else if c.is_ascii_digit() {
            at_word_start = true;
            derived.push(c);
        } else if at_word_start || (last_small.is_ascii_lowercase() && c.is_ascii_uppercase()) {
            at_word_start = false;
            derived.push(c.to_ascii_uppercase());
        } else {
            last_small = c;
            derived.push(c.to_ascii_lowercase());
        }
    }
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rust: &str, graphql: Option<&str>) -> Names {
        Names {
            rust: rust.into(),
            graphql: graphql.map(Into::into),
        }
    }

    #[test]
    fn fields_are_snake_case_and_named_only_where_the_way_back_is_lost() {
        assert_eq!(field_name("threadId"), names("thread_id", None));
        assert_eq!(field_name("type"), names("r#type", None));
        assert_eq!(
            field_name("toDeprecate_fullContext"),
            names("to_deprecate_full_context", Some("toDeprecate_fullContext"))
        );
        assert_eq!(
            field_name("openaiAssistantAPI"),
            names("openai_assistant_api", Some("openaiAssistantAPI"))
        );
        assert_eq!(field_name("self"), names("self_", None));
    }

    #[test]
    fn types_keep_their_name() {
        assert_eq!(
            type_name("OpenAIApiAssistantAPIInput"),
            names("OpenAIApiAssistantAPIInput", None)
        );
        assert_eq!(
            type_name("JSONPatch"),
            names("JSONPatch", Some("JSONPatch"))
        );
        assert_eq!(type_name("user"), names("User", Some("user")));
        assert_eq!(type_name("Option"), names("OptionType", Some("Option")));
    }

    #[test]
    fn enum_values_are_pascal_case() {
        assert_eq!(
            value_name("GUARDRAILS_VALIDATION_FAILED"),
            names("GuardrailsValidationFailed", None)
        );
        assert_eq!(value_name("Chat"), names("Chat", Some("Chat")));
        assert_eq!(value_name("disabled"), names("Disabled", Some("disabled")));
        assert_eq!(value_name("V2"), names("V2", Some("V2")));
    }

    #[test]
    fn scalars_are_pascal_case() {
        assert_eq!(scalar_name("DateTimeISO"), "DateTimeIso");
        assert_eq!(scalar_name("JSON"), "Json");
        assert_eq!(scalar_name("JSONObject"), "JsonObject");
    }
}
