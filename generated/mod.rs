//! placeholder; the generator replaces this file
pub mod agui;
