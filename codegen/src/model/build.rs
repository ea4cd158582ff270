//! Builds the model of a checked schema.
use super::{
    Enum, Input, InputField, Interface, Item, Method, Model, Object, Output, OutputField, Role,
    Root, Union, Unreachable, Uses, default::expression, types::Types,
};
use crate::{
    names::{Names, field_name, type_name, value_name},
    operations::Late,
    schema::Schema,
    sdl::{Deprecation, FieldDef, Kind, TypeDef},
};

/// Decides what to generate.
pub fn build(schema: &Schema, late: &Late) -> Model {
    let types = |file| Types {
        schema,
        late,
        file,
        uses: Uses::new(),
    };
    let (mut inputs, mut outputs, mut roots) =
        (types("inputs"), types("outputs"), types("resolvers"));
    let mut model = Model::default();
    for ty in schema
        .types()
        .iter()
        .filter(|ty| !schema.is_root(&ty.name.text))
    {
        let item = item(type_name(&ty.name.text), ty.description.as_ref(), None);
        match ty.kind {
            Kind::Scalar => {}
            Kind::Enum => model.enums.push(Enum {
                item,
                values: ty.values.iter().map(value).collect(),
            }),
            Kind::Input => model.inputs.push(Input {
                item,
                fields: inputs.input_fields(&ty.name.text, &ty.fields),
            }),
            Kind::Object => model.outputs.push(Output::Object(Object {
                item,
                fields: outputs.output_fields(ty),
            })),
            Kind::Interface => {
                let interface = Interface {
                    item,
                    fields: outputs.output_fields(ty),
                    members: members(schema, ty),
                };
                model.outputs.push(Output::Interface(interface));
            }
            Kind::Union => model.outputs.push(Output::Union(Union {
                item,
                members: members(schema, ty),
            })),
        }
    }
    model
        .roots
        .extend(schema.query().map(|ty| roots.root(ty, Role::Query)));
    model
        .roots
        .extend(schema.mutation().map(|ty| roots.root(ty, Role::Mutation)));
    model.unreachable = unreachable(schema, &mut roots);
    (model.input_uses, model.output_uses, model.root_uses) =
        (inputs.uses, outputs.uses, roots.uses);
    model
}

impl Types<'_> {
    fn input_fields(&mut self, owner: &str, fields: &[FieldDef]) -> Vec<InputField> {
        fields
            .iter()
            .map(|field| self.input_field(owner, field))
            .collect()
    }

    fn input_field(&mut self, owner: &str, field: &FieldDef) -> InputField {
        let item = item(
            field_name(&field.name.text),
            field.description.as_ref(),
            field.deprecation.as_ref(),
        );
        let default = field
            .default
            .as_ref()
            .and_then(|value| expression(self, value, &field.ty));
        InputField {
            item,
            ty: self.input(owner, &field.ty),
            default,
        }
    }

    fn output_fields(&mut self, owner: &TypeDef) -> Vec<OutputField> {
        owner
            .fields
            .iter()
            .map(|field| self.output_field(&owner.name.text, field))
            .collect()
    }

    fn output_field(&mut self, owner: &str, field: &FieldDef) -> OutputField {
        let item = item(
            field_name(&field.name.text),
            field.description.as_ref(),
            field.deprecation.as_ref(),
        );
        OutputField {
            item,
            schema_name: field.name.text.clone(),
            ty: self.output(owner, field),
        }
    }

    fn root(&mut self, ty: &TypeDef, role: Role) -> Root {
        let item = item(type_name(&ty.name.text), ty.description.as_ref(), None);
        let methods = ty
            .fields
            .iter()
            .map(|field| self.method(&ty.name.text, field))
            .collect();
        Root {
            resolver: format!("{}Resolver", item.rust),
            item,
            role,
            methods,
        }
    }

    fn method(&mut self, owner: &str, field: &FieldDef) -> Method {
        let OutputField { item, ty, .. } = self.output_field(owner, field);
        Method {
            item,
            path: format!("{owner}.{}", field.name.text),
            args: self.input_fields("", &field.args),
            ty,
        }
    }
}

fn item(names: Names, description: Option<&String>, deprecation: Option<&Deprecation>) -> Item {
    Item {
        rust: names.rust,
        graphql: names.graphql,
        description: description.cloned(),
        deprecated: deprecation.map(|deprecation| deprecation.reason.clone()),
    }
}

fn value(value: &crate::sdl::ValueDef) -> Item {
    item(
        value_name(&value.name.text),
        value.description.as_ref(),
        value.deprecation.as_ref(),
    )
}

fn members(schema: &Schema, ty: &TypeDef) -> Vec<String> {
    schema
        .possible_types(ty)
        .into_iter()
        .map(|member| type_name(&member.name.text).rust)
        .collect()
}

fn unreachable(schema: &Schema, types: &mut Types<'_>) -> Vec<Unreachable> {
    let reachable = schema.reachable();
    let mut unreachable = Vec::new();
    for ty in schema
        .types()
        .iter()
        .filter(|ty| !reachable.contains(ty.name.text.as_str()))
    {
        if !schema.is_root(&ty.name.text) {
            let rust = types.named(&ty.name.text);
            unreachable.push(if ty.kind == Kind::Input {
                Unreachable::Input(rust)
            } else {
                Unreachable::Output(rust)
            });
        }
    }
    unreachable
}
