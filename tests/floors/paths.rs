//! The paths that a source names, read as text: no macro is opened, and none has to compile.

/// A path as it is written out.
pub struct Used<'a> {
    /// Its words: `crate::store::Tx` has three.
    pub words: Vec<&'a str>,
    /// The modules within the file around it.
    around: Vec<&'a str>,
}

impl<'a> Used<'a> {
    /// The room of ours that it leads to.
    pub fn room(&self, file: &'a str) -> Option<&'a str> {
        match self.words[0] {
            "crate" if file != "main.rs" => self.words.get(1).copied(),
            "deskbell" => self.words.get(1).copied(),
            "super" => {
                let at = file.strip_suffix(".rs").unwrap_or(file).split('/');
                let modules = at.filter(|module| *module != "lib").count() + self.around.len();
                let up = self.words.iter().take_while(|word| **word == "super").count();
                (up >= modules).then(|| self.words.get(up).copied()).flatten()
            }
            _ => None,
        }
    }
}

/// Every path of a source; a group of imports is as many paths.
pub fn paths(source: &str) -> Vec<Used<'_>> {
    let words = words(source);
    let (mut found, mut braces, mut around, mut at) = (vec![], 0, vec![], 0);
    while at < words.len() {
        let before = |back: usize| at.checked_sub(back).map_or("", |at| words[at]);
        let after = |ahead: usize| words.get(at + ahead).copied().unwrap_or_default();
        let goes_on = before(1) == "::" && is_name(before(2));
        let begins = is_name(words[at]) && after(1) == "::" && is_name(after(2));
        if before(1) == "use" || (begins && !goes_on) {
            let mut written = vec![];
            at = read(&words, at, &[], &mut written).max(at + 1);
            let names: Vec<&str> = around.iter().map(|(_, name)| *name).collect();
            found.extend(written.into_iter().map(|words| Used { words, around: names.clone() }));
            continue;
        }
        match words[at] {
            "mod" if after(2) == "{" => around.push((braces, after(1))),
            "{" => braces += 1,
            "}" => {
                braces -= 1;
                around.retain(|(outside, _)| *outside < braces);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads the path that goes on here, and says where it ends.
fn read<'a>(
    words: &[&'a str],
    at: usize,
    head: &[&'a str],
    found: &mut Vec<Vec<&'a str>>,
) -> usize {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let (mut path, mut at) = (head.to_vec(), at);
    loop {
        if word(at) == "::" {
            at += 1;
        }
        match word(at) {
            "{" => {
                at += 1;
                while !matches!(word(at), "}" | "") {
                    at = read(words, at, &path, found).max(at + 1);
                    at += usize::from(word(at) == ",");
                }
                return at + 1;
            }
            name if is_name(name) || name == "*" => path.push(name),
            _ => break,
        }
        at += 1;
        if word(at) != "::" {
            break;
        }
    }
    at += if word(at) == "as" { 2 } else { 0 };
    if !path.is_empty() {
        found.push(path);
    }
    at
}

/// The words and signs of a source, without its comments and texts.
fn words(source: &str) -> Vec<&str> {
    let (mut words, mut rest) = (vec![], source.trim_start());
    while let Some(first) = rest.chars().next() {
        let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = match (silent(rest), name) {
            (Some(length), _) => length,
            (None, 0) if rest.starts_with("::") => 2,
            (None, 0) => first.len_utf8(),
            (None, name) => name,
        };
        if silent(rest).is_none() {
            words.push(&rest[..length]);
        }
        rest = rest[length..].trim_start();
    }
    words
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// How long the comment or the text is that stands here, if one does.
fn silent(rest: &str) -> Option<usize> {
    let until = |from: usize, end: &str| {
        rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len())
    };
    let escaped = |from: usize, end: char| {
        let mut hidden = false;
        let closes = rest[from..].find(|c| {
            let closes = c == end && !hidden;
            hidden = c == '\\' && !hidden;
            closes
        });
        closes.map_or(rest.len(), |at| from + at + 1)
    };
    let plain = rest.trim_start_matches(['b', 'c']);
    let prefix = rest.len() - plain.len();
    let hashes = plain.strip_prefix('r').map(|raw| raw.len() - raw.trim_start_matches('#').len());
    match plain.as_bytes() {
        [b'/', b'/', ..] => Some(until(prefix, "\n")),
        [b'/', b'*', ..] => Some(until(prefix, "*/")),
        [b'"', ..] => Some(escaped(prefix + 1, '"')),
        [b'\'', b'\\', ..] => Some(escaped(prefix + 1, '\'')),
        // One sign between two marks; a mark without a second one begins a lifetime.
        [b'\'', ..] => {
            let sign = plain[1..].chars().next()?;
            plain[1 + sign.len_utf8()..].starts_with('\'').then(|| prefix + sign.len_utf8() + 2)
        }
        [b'r', ..] => {
            let begins = prefix + 1 + hashes?;
            let end = format!("\"{}", "#".repeat(hashes?));
            rest[begins..].starts_with('"').then(|| until(begins + 1, &end))
        }
        _ => None,
    }
}
