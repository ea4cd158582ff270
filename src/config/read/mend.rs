//! What makes a tree readable that has a mistake in it.

use crate::config::path::Path;
use crate::config::tree::{Node, Tree, Value};

/// What is done to the value at a mistake's place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cure {
    /// It goes.
    Drop,
    /// The table that it is in goes.
    DropAbove,
    /// Its key becomes this one, if that is free.
    Rename(&'static str),
    /// The table gets this key, which it lacks.
    Fill(&'static str),
    /// It becomes this word.
    Say(&'static str),
}

impl Tree {
    pub(super) fn mend(&mut self, path: &Path, cure: &Cure) {
        match cure {
            Cure::Drop => self.drop_at(path),
            Cure::DropAbove => {
                if let Some((above, _)) = path.split_last() {
                    self.drop_at(&above);
                }
            }
            Cure::Rename(key) => self.rename(path, key),
            Cure::Fill(key) => {
                if let Some(Value::Table(table)) = self.get_mut(path).map(|node| &mut node.value) {
                    table.insert((*key).to_owned(), Node::stand_in());
                }
            }
            Cure::Say(word) => {
                if let Some(node) = self.get_mut(path) {
                    node.value = Value::Text((*word).to_owned());
                }
            }
        }
    }

    /// An item of a list leaves something behind, or those after it would change their numbers.
    fn drop_at(&mut self, path: &Path) {
        let Some((above, key)) = path.split_last() else {
            self.root = Node::default();
            return;
        };
        let Some(node) = self.get_mut(path) else {
            return;
        };
        if node.is_stand_in() {
            return self.drop_at(&above);
        }
        *node = Node::stand_in();
        if let Some(Value::Table(table)) = self.get_mut(&above).map(|node| &mut node.value) {
            table.shift_remove(key);
        }
    }

    fn rename(&mut self, path: &Path, to: &str) {
        if let Some((above, key)) = path.split_last()
            && let Some(Value::Table(table)) = self.get_mut(&above).map(|node| &mut node.value)
            && let Some(node) = table.shift_remove(key)
        {
            table.entry(to.to_owned()).or_insert(node);
        }
    }
}
