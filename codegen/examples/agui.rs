//! Writes the AG-UI types.
fn main() {
    let text = std::fs::read_to_string("schema/ag-ui.schema.json").unwrap();
    let contract = agui_codegen::json_schema::read("schema/ag-ui.schema.json", &text).unwrap_or_else(|e| panic!("{e}"));
    std::fs::create_dir_all("generated/agui").unwrap();
    for (path, text) in agui_codegen::emit::agui::files(&contract) {
        std::fs::write(format!("generated/{path}"), text).unwrap();
    }
}
