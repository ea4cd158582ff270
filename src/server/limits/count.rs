//! How many at once: places that are given back when what took them ends, however it ends.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// How many places each key has taken. Who has none takes no memory.
#[derive(Debug)]
pub(super) struct Places<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Places<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// Takes one more, if the key has fewer than `most` then.
    pub(super) fn take(&self, key: &K, most: usize) -> Option<Place<K>> {
        let mut taken = self.0.lock();
        match taken.get_mut(key) {
            Some(places) if *places >= most => return None,
            Some(places) => *places += 1,
            None if most == 0 => return None,
            None => {
                taken.insert(key.clone(), 1);
            }
        }
        Some(Place {
            places: self.0.clone(),
            key: key.clone(),
        })
    }

    /// How many are taken, of all keys.
    pub(super) fn taken(&self) -> usize {
        self.0.lock().values().sum()
    }
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place<K: Hash + Eq> {
    places: Arc<Mutex<HashMap<K, usize>>>,
    key: K,
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match taken.get_mut(&self.key) {
            Some(places) if *places > 1 => *places -= 1,
            _ => {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_free_again_and_leave_nothing() {
        let places = Places::default();
        let (first, second) = (places.take(&"a", 2), places.take(&"a", 2));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(&"a", 2).is_none());
        assert!(places.take(&"b", 2).is_some(), "each has its own");
        drop(first);
        assert!(places.take(&"a", 2).is_some());
        drop(second);
        assert!(places.0.lock().is_empty());
        assert_eq!(places.taken(), 0);
    }
}
