//! What upstream's clients and GraphiQL send passes.

use std::path::Path;

use super::super::OperationKind;
use super::served;

#[test]
fn vendored_operations_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/operations");
    let checker = served();
    let mut count = 0;
    for version in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(version.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let checked = checker
                .check(&std::fs::read_to_string(&path).unwrap())
                .unwrap();
            assert!(
                checked.operation(None).is_ok(),
                "{}: {:?}",
                path.display(),
                checked.operation(None)
            );
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} operations");
}

#[test]
fn extensions_are_part_of_the_schema() {
    let checked = served()
        .check("mutation { a: __typename } query Q { runtimeInfo { version } }")
        .unwrap();
    // Both are wrong only in standing side by side.
    let errors = checked.operation(Some("Q")).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0].message,
        "This anonymous operation must be the only defined operation."
    );
    assert_eq!(
        checked.select(Some("Q")).unwrap().kind,
        OperationKind::Query
    );
}
