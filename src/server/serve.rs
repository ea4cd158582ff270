//! placeholder
/// e
#[derive(Debug)]
pub struct ServeError;
/// s
pub fn serve() {}
