//! The AG-UI contract as Rust: every name, type and doc comment decided.

/// All that is generated, in the order of the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The file that it was read from.
    pub source: String,
    /// What it defines.
    pub items: Vec<Item>,
}

/// One definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A struct.
    Record(Record),
    /// An enum of structs.
    Union(Union),
    /// An enum of strings.
    Words(Words),
    /// An enum of a text and a list.
    TextOrList(TextOrList),
    /// Another name for one of the above.
    Alias(Alias),
}

/// An object.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its Rust name.
    pub name: String,
    /// Its doc comment.
    pub docs: String,
    /// Keys that always have the same value, the tag first. They are no fields.
    pub constants: Vec<Constant>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Whether there is a default: nothing is required.
    pub default: bool,
}

/// A key that always has the same value.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A field of a [`Record`].
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key on the wire.
    pub key: String,
    /// The Rust name.
    pub name: String,
    /// The doc comment.
    pub docs: String,
    /// The Rust type; an optional field is an `Option`.
    pub ty: RustType,
    /// Whether `new` asks for it.
    pub required: bool,
    /// What `new` fills in, for a string that can only be one thing.
    pub constant: Option<String>,
}

/// The type of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum RustType {
    /// Any JSON.
    Value,
    /// `String`
    String,
    /// `bool`
    Bool,
    /// `i64`
    Integer,
    /// `f64`
    Number,
    /// A generated type.
    Named(String),
    /// A generated type that takes text: `new` accepts whatever converts into it.
    FromText(String),
    /// `Vec<…>`
    List(Box<RustType>),
    /// `Box<…>`: too large to carry along where it is seldom there.
    Boxed(Box<RustType>),
    /// `Option<…>`
    Option(Box<RustType>),
}

/// Objects told apart by a tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Union {
    /// Its Rust name.
    pub name: String,
    /// Its doc comment.
    pub docs: String,
    /// The key that tells the variants apart.
    pub tag: String,
    /// The name of the method that returns the tag, and its doc comment.
    pub tag_accessor: (String, String),
    /// Whether errors start with the tag: nothing of the contract contains this union, so no path leads to it.
    pub tag_in_errors: bool,
    /// Its variants, but for the one that keeps unknown tags.
    pub variants: Vec<Variant>,
    /// Fields that all variants share.
    pub accessors: Vec<Accessor>,
}

/// One kind of object in a [`Union`].
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its Rust name.
    pub name: String,
    /// The value of the tag.
    pub tag: String,
    /// The struct.
    pub record: String,
    /// Its doc comment.
    pub docs: String,
}

/// A method that reads a field which all variants share.
#[derive(Debug, Clone, PartialEq)]
pub struct Accessor {
    /// The key on the wire.
    pub key: String,
    /// The Rust name of the field and of the method.
    pub name: String,
    /// The doc comment.
    pub docs: String,
    /// The type of what is returned inside an `Option`: string, bool, integer or any JSON.
    pub ty: RustType,
    /// Whether the field itself is an `Option`.
    pub optional: bool,
}

/// A fixed set of strings.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Its Rust name.
    pub name: String,
    /// Its doc comment.
    pub docs: String,
    /// The strings.
    pub words: Vec<Word>,
}

/// One string of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// The Rust name.
    pub name: String,
    /// The string.
    pub word: String,
}

/// A text, or a list of generated objects.
#[derive(Debug, Clone, PartialEq)]
pub struct TextOrList {
    /// Its Rust name.
    pub name: String,
    /// Its doc comment.
    pub docs: String,
    /// The type of the list's items.
    pub item: String,
}

/// Another name.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    /// The other name.
    pub name: String,
    /// The generated type.
    pub of: String,
}
