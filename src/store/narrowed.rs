//! What a list was asked for, as conditions of a query: the same way for every list.
use sea_orm::Value;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::domain::filter::{AnyOf, Period};

/// What a table holds for the values asked for; `cell` says it of one.
pub(super) fn cells<'a, T, V: Into<Value>>(
    wanted: &'a AnyOf<T>,
    cell: impl Fn(&'a T) -> V,
) -> Vec<Value> {
    wanted.values().iter().map(|value| cell(value).into()).collect()
}

/// That `what` is one of these; nothing where any will do.
pub(super) fn one_of(what: Expr, cells: Vec<Value>) -> Option<Expr> {
    match <[Value; 1]>::try_from(cells) {
        Ok([one]) => Some(what.eq(one)),
        Err(none) if none.is_empty() => None,
        Err(some) => Some(what.is_in(some)),
    }
}

/// That the instant `what` lies in this stretch of time.
pub(super) fn within(what: Expr, period: &Period) -> impl Iterator<Item = Expr> {
    let from = period.from.map(|from| what.clone().gte(from));
    let to = period.to.map(|to| what.lt(to));
    from.into_iter().chain(to)
}
