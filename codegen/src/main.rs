//! The contract's command line.
fn main() {
    match agui_codegen::sync::sync(std::path::Path::new(".")) {
        Ok(c) => println!("{c:?}"),
        Err(e) => { eprintln!("{e}"); std::process::exit(1) }
    }
}
