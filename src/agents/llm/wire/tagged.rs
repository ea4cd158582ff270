//! Thoughts that a model writes into its text, between tags: older Claude models do when they are offered tools.

use super::Delta;

const OPEN: &str = "<thinking>";
const CLOSE: &str = "</thinking>";

/// Tells the thoughts at the beginning of a text from the text (upstream 1.10.6 leaves them out).
#[derive(Default)]
pub(super) struct Tagged {
    place: Place,
    /// What may be the beginning of a tag.
    held: String,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Place {
    #[default]
    Start,
    Thought,
    Text,
}

impl Tagged {
    pub(super) fn read(&mut self, text: &str, said: &mut Vec<Delta>) {
        if self.place == Place::Text {
            return tell(text, Delta::Text, said);
        }
        self.held.push_str(text);
        if self.place == Place::Start {
            if OPEN.starts_with(&*self.held) {
                return self.place = self.after_open();
            }
            match self.held.strip_prefix(OPEN) {
                Some(rest) => {
                    self.held = rest.to_owned();
                    self.place = Place::Thought;
                }
                None => return self.finish(said),
            }
        }
        self.think(said);
    }

    fn after_open(&mut self) -> Place {
        if self.held.len() < OPEN.len() {
            return Place::Start;
        }
        self.held.clear();
        Place::Thought
    }

    fn think(&mut self, said: &mut Vec<Delta>) {
        if let Some((thought, text)) = self.held.split_once(CLOSE) {
            tell(thought, Delta::Thought, said);
            tell(text, Delta::Text, said);
            self.held.clear();
            self.place = Place::Text;
            return;
        }
        let held = (0..=self.held.len())
            .rev()
            .filter(|at| self.held.is_char_boundary(self.held.len() - at))
            .find(|at| CLOSE.starts_with(&self.held[self.held.len() - at..]));
        let whole = self.held.len() - held.unwrap_or(0);
        tell(&self.held[..whole], Delta::Thought, said);
        self.held.drain(..whole);
    }

    /// The text is at its end.
    pub(super) fn finish(&mut self, said: &mut Vec<Delta>) {
        let held = std::mem::take(&mut self.held);
        let kind = match self.place {
            Place::Thought => Delta::Thought,
            Place::Start | Place::Text => Delta::Text,
        };
        tell(&held, kind, said);
        self.place = Place::Text;
    }
}

fn tell(text: &str, kind: impl Fn(String) -> Delta, said: &mut Vec<Delta>) {
    if !text.is_empty() {
        said.push(kind(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> (String, String) {
        let (mut tagged, mut said) = (Tagged::default(), Vec::new());
        pieces
            .iter()
            .for_each(|piece| tagged.read(piece, &mut said));
        tagged.finish(&mut said);
        let (mut thought, mut text) = (String::new(), String::new());
        for delta in &said {
            match delta {
                Delta::Thought(piece) => thought.push_str(piece),
                Delta::Text(piece) => text.push_str(piece),
                _ => {}
            }
        }
        (thought, text)
    }

    #[test]
    fn thoughts_are_told_from_text_wherever_the_pieces_end() {
        let whole = "<thinking>a </thin é</thinking>Visible <thinking>";
        for size in 1..whole.len() {
            let letters: Vec<char> = whole.chars().collect();
            let pieces: Vec<String> = letters.chunks(size).map(|it| it.iter().collect()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let (thought, text) = read(&pieces);
            assert_eq!(
                (&*thought, &*text),
                ("a </thin é", "Visible <thinking>"),
                "{size}"
            );
        }
    }

    #[test]
    fn a_text_that_only_begins_like_a_tag_is_text() {
        assert_eq!(read(&["<thin", "g>"]), (String::new(), "<thing>".into()));
        assert_eq!(read(&["<think"]), (String::new(), "<think".into()));
        assert_eq!(
            read(&["<thinking>", "endless"]),
            ("endless".into(), String::new())
        );
    }
}
