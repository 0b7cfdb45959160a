//! What is said of a token.
use super::*;

fn token(change: impl FnOnce(&mut Token)) -> Standing {
    let mut of = standing();
    if let Told::Said(token) = &mut of.token {
        change(token);
    }
    of
}

#[test]
fn a_token_is_told_of_before_it_ends() {
    let at = |time| Until::At(now() + time);
    for (ends, expected) in [
        (Until::Ever, Fine),
        (Until::Unsaid, Warning),
        (at(TimeDelta::days(60)), Fine),
        (at(TimeDelta::days(5)), Warning),
        (at(TimeDelta::hours(3)), Warning),
        (at(TimeDelta::zero()), Failed),
        (at(-TimeDelta::days(5)), Failed),
    ] {
        let of = token(|token| token.ends = ends);
        assert_eq!(stands(&of, &about(), Check::TokenExpiry), Some(expected), "{ends:?}");
    }
}

#[test]
fn a_token_needs_both_permissions_and_should_be_a_systems() {
    for (scopes, expected) in [
        (vec!["whatsapp_business_messaging", "whatsapp_business_management", "x"], Fine),
        (vec!["whatsapp_business_messaging"], Warning),
        (vec!["whatsapp_business_management"], Failed),
        (vec![], Failed),
    ] {
        let of = token(|it| it.scopes = scopes.iter().map(|&it| it.to_owned()).collect());
        assert_eq!(stands(&of, &about(), Check::Permissions), Some(expected), "{scopes:?}");
    }
    let of = token(|it| it.kind = word("USER"));
    assert_eq!(stands(&of, &about(), Check::Token), Some(Warning));
    let of = token(|it| it.is_valid = false);
    assert_eq!(stands(&of, &about(), Check::Token), Some(Failed));
    assert_eq!(stands(&of, &about(), Check::Permissions), None, "one fault is said once");
}

#[test]
fn a_token_that_is_refused_is_one_fault_and_not_ten() {
    let mut of = standing();
    (of.token, of.number, of.account) =
        (refused(190, true), refused(190, true), refused(190, true));
    let found = of.findings(&about());
    let failed: Vec<Check> =
        found.iter().filter(|it| it.verdict == Failed).map(|it| it.check).collect();
    assert_eq!(failed, [Check::Token]);
    assert_eq!(stands(&of, &about(), Check::Number), Some(LeftOut));
}
