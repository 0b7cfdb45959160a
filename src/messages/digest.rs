//! One message that lists many: what happened, and to which ticket.
use super::language::Language;
use super::letter::Letter;
use super::{LONGEST_BODY, Written, about_no_ticket};
use crate::domain::event::Event;
use crate::domain::markup::plain;
use crate::domain::text::cut;

/// Nobody reads more lines than this on a phone.
const MOST_LINES: usize = 40;
/// A title is cut here, so that all lines fit.
const LONGEST_TITLE: usize = 70;
/// A template takes one line of 1,024 characters, and nobody reads one that long.
const MOST_ON_ONE_LINE: usize = 12;
/// A title is cut here, so that all of them fit on one line.
const SHORTEST_TITLE: usize = 40;

/// The message that lists these events, each with the title of its ticket, the first one first: as
/// free text a line for each, as a template all on one line.
pub fn write(items: &[&(Event, String)], language: Language) -> Written {
    let listed = |most: usize, longest, before, between: &str| {
        let told =
            items.iter().take(most).map(|it| format!("{before}{}", line(it, longest, language)));
        let more = items.len().saturating_sub(most);
        told.chain((more > 0).then(|| more_of(more, language))).collect::<Vec<_>>().join(between)
    };
    let count = items.len().to_string();
    let values =
        |items: String| vec![("count".to_owned(), count.clone()), ("items".to_owned(), items)];
    let lines = values(listed(MOST_LINES, LONGEST_TITLE, "• ", "\n"));
    let body = about_no_ticket(Letter::Digest, language, lines).body;
    let one_line = values(listed(MOST_ON_ONE_LINE, SHORTEST_TITLE, "", " · "));
    let body = cut(&body, LONGEST_BODY);
    Written { body, letter: Letter::Digest, language, values: one_line }
}

fn line((event, title): &(Event, String), longest: usize, language: Language) -> String {
    format!("{}: {}", words(*event, language), cut(&plain(title), longest))
}

fn more_of(more: usize, language: Language) -> String {
    match language {
        Language::English => format!("… and {more} more"),
        Language::Arabic => format!("… و{more} غيرها"),
        Language::Spanish => format!("… y {more} más"),
        Language::Portuguese => format!("… e mais {more}"),
        Language::Bengali => format!("… এবং আরও {more}টি"),
    }
}

#[rustfmt::skip]
fn words(event: Event, language: Language) -> &'static str {
    let words = match language {
        Language::English => ["New ticket", "Opened", "Assigned", "Work started", "Finished", "Closed", "Rejected", "Reopened", "New comment", "Your account"],
        Language::Arabic => ["تذكرة جديدة", "فُتحت", "أُسندت", "بدأ العمل", "اكتملت", "أُغلقت", "رُفضت", "أُعيد فتحها", "تعليق جديد", "حسابك"],
        Language::Spanish => ["Ticket nuevo", "Abierto", "Asignado", "En curso", "Terminado", "Cerrado", "Rechazado", "Reabierto", "Comentario nuevo", "Su cuenta"],
        Language::Portuguese => ["Chamado novo", "Aberto", "Atribuído", "Em andamento", "Concluído", "Encerrado", "Rejeitado", "Reaberto", "Comentário novo", "Sua conta"],
        Language::Bengali => ["নতুন টিকিট", "খোলা হয়েছে", "দায়িত্ব দেওয়া হয়েছে", "কাজ শুরু", "কাজ শেষ", "বন্ধ", "প্রত্যাখ্যাত", "আবার খোলা", "নতুন মন্তব্য", "আপনার অ্যাকাউন্ট"],
    };
    match event {
        Event::TicketCreated => words[0],
        Event::TicketOpened => words[1],
        Event::TicketAssigned => words[2],
        Event::WorkStarted => words[3],
        Event::WorkFinished => words[4],
        Event::TicketClosed => words[5],
        Event::TicketRejected => words[6],
        Event::TicketReopened => words[7],
        Event::CommentAdded => words[8],
        // Codes and what is about no ticket go alone; what got here says no more than this.
        Event::CodeRequested
        | Event::ExternalCode
        | Event::AccountExists
        | Event::NumberConfirmed
        | Event::NumberChanged
        | Event::CodeNotRequested
        | Event::ChannelPaused
        | Event::LimitNear => words[9],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::template::Template;

    #[test]
    fn a_digest_lists_what_happened_and_says_how_much_more_there_is() {
        let items = [
            (Event::TicketCreated, "Login *page*".to_owned()),
            (Event::CommentAdded, "x".repeat(300)),
        ];
        let written =
            |items: &[(Event, String)]| write(&items.iter().collect::<Vec<_>>(), Language::English);
        let body = written(&items).body;
        assert!(body.starts_with("🗂️ *2 Updates For You*\n\n• New ticket: Login"), "{body}");
        assert!(!body.contains("*page*") && !body.contains("more"), "{body}");
        assert!(body.lines().all(|line| line.chars().count() < 100), "{body}");
        assert!(body.ends_with("\n\n_Incident Management System_"), "{body}");

        let many = vec![items[1].clone(); 500];
        let body = written(&many).body;
        assert!(body.contains("\n… and 460 more\n"), "{body}");
        assert!(body.chars().count() < LONGEST_BODY);
    }

    #[test]
    fn a_template_lists_it_on_one_line_in_every_language() {
        let many = vec![(Event::TicketAssigned, "ß".repeat(300)); 30];
        for language in Language::ALL {
            let Written { letter, values, .. } = write(&many.iter().collect::<Vec<_>>(), language);
            let template = Template::of(letter, language);
            let filled = template.filled(&template.fit(&values));
            assert!(filled.contains(" · ") && filled.contains("18"), "{filled}");
            assert!(filled.contains("30"), "{filled}");
        }
    }
}
