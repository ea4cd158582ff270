//! When upstream changes its schema, code that does not follow does not compile, and the compiler points at the place to mend.
//!
//! Each case in `drift/` is code as it would be after a change of the schema that it has not followed.

#[test]
fn drift_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/drift/*.rs");
}
