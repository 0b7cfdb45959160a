//! Numbers that Twilio keeps for tests: to or from each of them always goes the same.

/// The error that a message to this number meets.
pub fn to(number: &str) -> Option<i64> {
    Some(match number {
        "+15005550001" => 21211,
        "+15005550002" => 21612,
        "+15005550003" => 21408,
        "+15005550004" => 21610,
        "+15005550009" => 21614,
        _ => return None,
    })
}

/// The error that an SMS from this number meets; `None` where it is no such number.
pub fn from(number: &str) -> Option<Result<(), i64>> {
    Some(match number {
        "+15005550001" => Err(21212),
        "+15005550006" => Ok(()),
        "+15005550007" => Err(21606),
        "+15005550008" => Err(21611),
        _ => return None,
    })
}
