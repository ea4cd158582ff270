//! What is to be generated, decided to the last name and type: emitters only render it.
use std::collections::BTreeSet;

mod build;
mod default;
mod types;

pub use build::build;
pub use default::fits;

/// `use` lines of a generated file: paths, sorted.
pub type Uses = BTreeSet<String>;

/// The Rust of a GraphQL schema, each list in schema order.
#[derive(Debug, Default)]
pub struct Model {
    /// `enums.rs`
    pub enums: Vec<Enum>,
    /// `inputs.rs`
    pub inputs: Vec<Input>,
    /// What `inputs.rs` uses.
    pub input_uses: Uses,
    /// `outputs.rs`
    pub outputs: Vec<Output>,
    /// What `outputs.rs` uses.
    pub output_uses: Uses,
    /// `resolvers.rs`
    pub roots: Vec<Root>,
    /// What `resolvers.rs` uses.
    pub root_uses: Uses,
    /// Types that no field leads to, which must be registered to be served.
    pub unreachable: Vec<Unreachable>,
}

/// Why something should not be used any more; the inner `None` is a deprecation without a reason.
pub type Deprecated = Option<Option<String>>;

/// What every item has.
#[derive(Debug, Clone)]
pub struct Item {
    /// The Rust name.
    pub rust: String,
    /// The GraphQL name where async-graphql would derive another.
    pub graphql: Option<String>,
    /// The description in the schema.
    pub description: Option<String>,
    /// Whether it is deprecated.
    pub deprecated: Deprecated,
}

/// An enum.
#[derive(Debug)]
pub struct Enum {
    /// Its name.
    pub item: Item,
    /// Its variants.
    pub values: Vec<Item>,
}

/// An input object.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub item: Item,
    /// Its fields.
    pub fields: Vec<InputField>,
}

/// A field of an input object, or an argument.
#[derive(Debug)]
pub struct InputField {
    /// Its name.
    pub item: Item,
    /// Its Rust type.
    pub ty: String,
    /// The Rust expression of its default.
    pub default: Option<String>,
}

/// A type that a field can return.
#[derive(Debug)]
pub enum Output {
    /// A struct.
    Object(Object),
    /// An enum of the types that share some fields.
    Interface(Interface),
    /// An enum of types.
    Union(Union),
}

/// An object.
#[derive(Debug)]
pub struct Object {
    /// Its name.
    pub item: Item,
    /// Its fields.
    pub fields: Vec<OutputField>,
}

/// An interface.
#[derive(Debug)]
pub struct Interface {
    /// Its name.
    pub item: Item,
    /// The fields that all members have.
    pub fields: Vec<OutputField>,
    /// The Rust names of the types that implement it.
    pub members: Vec<String>,
}

/// A union.
#[derive(Debug)]
pub struct Union {
    /// Its name.
    pub item: Item,
    /// The Rust names of its members.
    pub members: Vec<String>,
}

/// A field of an object or interface.
#[derive(Debug)]
pub struct OutputField {
    /// Its name.
    pub item: Item,
    /// Its name in the schema.
    pub schema_name: String,
    /// Its Rust type, with `Streamed` and `Deferred` where clients want it late.
    pub ty: String,
}

/// A root type, which becomes a trait and the glue that serves it.
#[derive(Debug)]
pub struct Root {
    /// The name of the glue, and in the schema.
    pub item: Item,
    /// The name of the trait.
    pub resolver: String,
    /// Whether this is the root of mutations, whose fields are resolved one after the other.
    pub role: Role,
    /// Its methods.
    pub methods: Vec<Method>,
}

/// Which root a root type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The root of queries.
    Query,
    /// The root of mutations.
    Mutation,
}

/// A field of a root type.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub item: Item,
    /// Its name in the schema, with the type: `Query.hello`.
    pub path: String,
    /// Its arguments.
    pub args: Vec<InputField>,
    /// The Rust type of a success.
    pub ty: String,
}

/// A type that no field leads to.
#[derive(Debug)]
pub enum Unreachable {
    /// An object, interface, union, enum or scalar.
    Output(String),
    /// An input object.
    Input(String),
}
