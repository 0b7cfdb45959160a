//! Where a request comes from.
use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;

/// The address of whoever sent it: the other end of its connection.
pub fn caller(request: &HttpRequest) -> IpAddr {
    // A request without a connection comes from nowhere, which is an address like any other.
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}
