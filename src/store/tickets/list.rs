//! Lists of tickets. A page is read along an index that has its order, so it costs the same
//! however deep it is and however many tickets there are. Where one of several values will do,
//! each is read along its own stretch of the index, and the stretches are merged.
use entity::ticket::{Column, Entity};
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Order, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryTrait, Value};

use crate::domain::ticket::{Priority, Ticket};
use crate::domain::ticket_list::{Place, SortBy, TicketFilter, TicketPage};
use crate::store::error::StoreError;
use crate::store::named::Named;
use crate::store::narrowed::{cells, one_of, within};
use crate::store::{Store, rows};

/// As many stretches are merged at most.
const STRETCHES: usize = 8;
const TABLE: &str = "tickets";

impl Store {
    /// One page of tickets; `internal` says whether the reader may know internal comments.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn tickets(
        &self,
        page: &TicketPage,
        internal: bool,
    ) -> Result<Vec<Ticket>, StoreError> {
        let Named { rows, names } = match &page.filter.text {
            Some(sought) => self.searched(page, sought, internal).await?,
            None => {
                let backend = self.read.get_database_backend();
                Named::all(&self.read, listed(backend, page, page.most)).await?
            }
        };
        rows.into_iter().map(|row| rows::ticket(row, &names)).collect()
    }
}

/// The first `most` tickets of a page, in its order.
pub(super) fn listed(backend: DbBackend, page: &TicketPage, most: u64) -> SelectStatement {
    merged(backend, page, most, &Entity::find().into_query())
}

/// Where the first `most` tickets of a page stand, and nothing else of them: the index along which
/// they are read knows that alone, unless they are asked for something it does not have.
pub(super) fn places(backend: DbBackend, page: &TicketPage, most: u64) -> SelectStatement {
    let mut place = Query::select();
    place.from(Entity).column((TABLE, Column::Id)).column((TABLE, time(page)));
    if page.sort.by == SortBy::Priority {
        place.column((TABLE, Column::Priority));
    }
    merged(backend, page, most, &place)
}

/// The first `most` of a page in its order, of each what `select` takes of it.
fn merged(
    backend: DbBackend,
    page: &TicketPage,
    most: u64,
    select: &SelectStatement,
) -> SelectStatement {
    let mut stretches =
        stretches(page).into_iter().map(|it| it.read(backend, page, most, select.clone()));
    let (Some(first), second) = (stretches.next(), stretches.next()) else {
        return nothing();
    };
    let Some(second) = second else { return first };
    let whole = |stretch| Query::select().column(Asterisk).from_subquery(stretch, TABLE).take();
    let mut all = whole(first);
    for stretch in std::iter::once(second).chain(stretches) {
        all.union(UnionType::All, whole(stretch));
    }
    let mut merged = Query::select().column(Asterisk).from_subquery(all, TABLE).take();
    ordered(&mut merged, page);
    merged.limit(most).take()
}

fn nothing() -> SelectStatement {
    Entity::find().into_query().and_where(Expr::cust("1 = 0")).take()
}

/// Puts tickets into the order of a page.
pub(super) fn ordered(select: &mut SelectStatement, page: &TicketPage) {
    let sort = page.sort;
    if sort.by == SortBy::Priority {
        let ranks: String = (0..)
            .zip(Priority::ALL)
            .map(|(rank, priority)| format!(" WHEN '{}' THEN {rank}", priority.as_str()))
            .collect();
        let rank = Expr::cust(format!("CASE tickets.priority{ranks} END"));
        select.order_by_expr(rank, direction(sort.descending));
    }
    let newest_first = direction(sort.newest_first());
    select.order_by((TABLE, time(page)), newest_first.clone());
    select.order_by((TABLE, Column::Id), newest_first);
}

fn direction(descending: bool) -> Order {
    if descending { Order::Desc } else { Order::Asc }
}

fn time(page: &TicketPage) -> Column {
    match page.sort.by {
        SortBy::UpdatedAt => Column::UpdatedAt,
        SortBy::CreatedAt | SortBy::Priority => Column::CreatedAt,
    }
}

/// What is read in one go: along `index`, and where the order is by priority, of one priority.
struct Stretch {
    index: Option<(Column, Value)>,
    priority: Option<Priority>,
    after: Option<Place>,
}

fn stretches(page: &TicketPage) -> Vec<Stretch> {
    if page.sort.by == SortBy::Priority {
        return by_priority(page);
    }
    let (column, values) = index(page, STRETCHES);
    let after = page.after;
    let along = |index| Stretch { index, priority: None, after };
    match column {
        Some(column) => values.into_iter().map(|value| along(Some((column, value)))).collect(),
        None => vec![along(None)],
    }
}

/// One priority after the other, from that of the place where the last page ended.
fn by_priority(page: &TicketPage) -> Vec<Stretch> {
    let wanted = |priority: &Priority| {
        let wanted = &page.filter.priority;
        wanted.is_any() || wanted.values().contains(priority)
    };
    let mut order: Vec<Priority> = Priority::ALL.into_iter().filter(wanted).collect();
    if page.sort.descending {
        order.reverse();
    }
    let ended = page.after.and_then(|place| place.priority);
    let behind = order.iter().position(|priority| Some(*priority) == ended).unwrap_or(0);
    let (column, values) = index(page, 1);
    let index = column.zip(values.into_iter().next());
    let stretch = |priority| Stretch {
        index: index.clone(),
        priority: Some(priority),
        after: page.after.filter(|place| place.priority == Some(priority)),
    };
    order.into_iter().skip(behind).map(stretch).collect()
}

/// Along which column's index a page is best read: the one that leaves least to skip.
fn index(page: &TicketPage, most: usize) -> (Option<Column>, Vec<Value>) {
    let known: &[Column] = match page.sort.by {
        SortBy::UpdatedAt => &[Column::ClientId, Column::DeveloperId, Column::Status],
        SortBy::Priority => &[Column::ClientId, Column::DeveloperId, Column::ProjectName],
        SortBy::CreatedAt => &[
            Column::ClientId,
            Column::DeveloperId,
            Column::ProjectName,
            Column::Status,
            Column::Priority,
        ],
    };
    let filters = filters(&page.filter).into_iter();
    let knows = |column: &Column| known.iter().any(|it| same(*it, *column));
    let few = |values: &Vec<Value>| (1..=most).contains(&values.len());
    let mut usable = filters.filter(|(column, values)| knows(column) && few(values));
    usable.next().map_or((None, vec![]), |(column, values)| (Some(column), values))
}

/// What each column is to hold, that with the fewest tickets a value first.
fn filters(filter: &TicketFilter) -> [(Column, Vec<Value>); 6] {
    [
        (Column::ClientId, cells(&filter.client_id, |id| id.0)),
        (Column::DeveloperId, cells(&filter.developer_id, |id| id.0)),
        (Column::ProjectName, cells(&filter.project_name, String::as_str)),
        (Column::Status, cells(&filter.status, |status| status.as_str())),
        (Column::Priority, cells(&filter.priority, |priority| priority.as_str())),
        (Column::Category, cells(&filter.category, |category| category.as_str())),
    ]
}

impl Stretch {
    fn read(
        self,
        backend: DbBackend,
        page: &TicketPage,
        most: u64,
        mut select: SelectStatement,
    ) -> SelectStatement {
        let along = self.index.as_ref().map(|(column, _)| *column);
        let priority = match along {
            Some(_) => aside(backend, Column::Priority),
            None => plain(Column::Priority),
        };
        let conditions = conditions(backend, page, along)
            .chain(self.index.map(|(column, value)| plain(column).eq(value)))
            .chain(self.priority.map(|wanted| priority.eq(wanted.as_str())))
            .chain(self.after.map(|place| behind(page, place, plain(time(page)))));
        for condition in conditions {
            select.and_where(condition);
        }
        let newest_first = direction(page.sort.newest_first());
        select.order_by((TABLE, time(page)), newest_first.clone());
        select.order_by((TABLE, Column::Id), newest_first).limit(most).take()
    }
}

/// What every ticket of a page is, but for the column along whose index it is read.
fn conditions(
    backend: DbBackend,
    page: &TicketPage,
    along: Option<Column>,
) -> impl Iterator<Item = Expr> {
    let filters = filters(&page.filter).into_iter();
    let filters = filters.filter(move |(column, _)| along.is_none_or(|it| !same(it, *column)));
    let filters =
        filters.filter_map(move |(column, values)| one_of(aside(backend, column), values));
    let created = match page.sort.by {
        SortBy::CreatedAt | SortBy::Priority => plain(Column::CreatedAt),
        SortBy::UpdatedAt => aside(backend, Column::CreatedAt),
    };
    filters.chain(within(created, &page.filter.created))
}

/// What every ticket of a page is that was found by other means than a list.
pub(super) fn whatever_order(backend: DbBackend, page: &TicketPage) -> Vec<Expr> {
    let behind = |place| behind(page, place, aside(backend, time(page)));
    let after = page.after.map(|place| {
        let Some(ended) = place.priority else { return behind(place) };
        let later = Priority::ALL.into_iter().filter(|priority| match page.sort.descending {
            true => rank(*priority) < rank(ended),
            false => rank(*priority) > rank(ended),
        });
        let later = later.map(|priority| priority.as_str().into()).collect();
        let equal = aside(backend, Column::Priority).eq(ended.as_str()).and(behind(place));
        match one_of(aside(backend, Column::Priority), later) {
            Some(later) => later.or(equal),
            None => equal,
        }
    });
    conditions(backend, page, None).chain(after).collect()
}

fn rank(of: Priority) -> Option<usize> {
    Priority::ALL.iter().position(|priority| *priority == of)
}

fn behind(page: &TicketPage, place: Place, time: Expr) -> Expr {
    let row = Expr::tuple([time, plain(Column::Id)]);
    let place = Expr::tuple([Expr::val(place.at), Expr::val(place.id.0)]);
    if page.sort.newest_first() { row.lt(place) } else { row.gt(place) }
}

fn same(one: Column, other: Column) -> bool {
    one.as_column_ref().1 == other.as_column_ref().1
}

fn plain(column: Column) -> Expr {
    Expr::col(column.as_column_ref())
}

/// A column to check, not to search by. SQLite takes this as an order; PostgreSQL has statistics
/// of its own and decides by them.
fn aside(backend: DbBackend, column: Column) -> Expr {
    if backend == DbBackend::Sqlite {
        Expr::cust_with_expr("+?", plain(column))
    } else {
        plain(column)
    }
}
