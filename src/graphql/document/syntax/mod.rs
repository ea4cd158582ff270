//! From text to a tree with the offsets errors need: a lexer, and a parser that is told how deep and how long a
//! document may be and stops there.

pub mod ast;
mod definitions;
mod lexer;
mod parser;
mod print;
mod strings;
mod system;
mod values;

pub use parser::{Bounds, parse, too_deep};
pub use print::{print_arguments, print_type, print_value};
