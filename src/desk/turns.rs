//! One at a time: attempts of one kind that come together wait for each other.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// Whose turn it is, for each word.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>>);

/// While this lives, it is nobody else's turn.
pub(super) struct Turn {
    turns: Turns,
    word: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for one's turn.
    pub(super) async fn take(&self, word: &str) -> Turn {
        let mutex = {
            let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            words.entry(word.to_owned()).or_default().clone()
        };
        // Whoever leaves before their turn takes the word with them, too.
        let mut turn = Turn { turns: self.clone(), word: word.to_owned(), guard: None };
        turn.guard = Some(mutex.lock_owned().await);
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut words = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if words.get(&self.word).is_some_and(|mutex| Arc::strong_count(mutex) == 1) {
            words.remove(&self.word);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_for_each_word_and_nothing_is_left_behind() {
        let turns = Turns::default();
        let inside = AtomicUsize::new(0);
        let all = (0..20).map(|_| async {
            let _turn = turns.take("a").await;
            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
            tokio::task::yield_now().await;
            inside.fetch_sub(1, Ordering::SeqCst);
        });
        let mine = turns.take("b").await;
        join_all(all).await;
        assert!(turns.take("b").now_or_never().is_none(), "it is somebody's turn");
        drop(mine);
        assert_eq!(turns.0.lock().unwrap().len(), 0);
    }
}
