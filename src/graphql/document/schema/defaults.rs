//! The defaults of arguments and input fields.

use super::super::syntax::ast::Value;
use super::super::variables::literal;
use super::{InputDef, Schema, TypeId, TypeKind};

/// A default value whose type is not complete yet.
pub struct PendingDefault<'t> {
    pub owner: TypeId,
    pub field: Option<&'t str>,
    pub input: &'t str,
    pub value: &'t Value<'t>,
}

/// Defaults are coerced once all types are known: a default may be an object whose fields have defaults.
pub fn set_default(schema: &mut Schema, pending: &PendingDefault<'_>) {
    let Some(ty) = input(schema, pending).map(|input| input.ty.clone()) else {
        return;
    };
    let value = literal::coerced(schema, pending.value, &ty);
    if let Some(input) = input(schema, pending) {
        input.default = Some(value);
    }
}

fn input<'s>(schema: &'s mut Schema, pending: &PendingDefault<'_>) -> Option<&'s mut InputDef> {
    let inputs = match (&mut schema.types[pending.owner.0].kind, pending.field) {
        (TypeKind::Input { fields, .. }, None) => fields,
        (TypeKind::Object { fields, .. } | TypeKind::Interface { fields, .. }, Some(field)) => {
            &mut fields.get_mut(field)?.arguments
        }
        _ => return None,
    };
    inputs.get_mut(pending.input)
}
