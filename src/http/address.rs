//! From where somebody asks: the other end of the connection, or whom our own proxies saw there.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::web::Data;
use ipnet::IpNet;

/// A header that anybody can write; what our own proxies appended to it stands at its end.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// One household or machine has this much of IPv6, and can take any address in it.
const ONE_CALLER: u32 = 64;

/// Networks of proxies whose word is taken.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

/// Whom to count a request for. IPv6 callers are told apart by their /64.
pub fn caller(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let nobody = TrustedProxies::default();
    let trusted = request.app_data::<Data<TrustedProxies>>().map_or(&nobody, |data| data.as_ref());
    let headers = request.headers().get_all(FORWARDED_FOR);
    // A header that is no text at all is a hop that nobody can read.
    let told: Vec<&str> = headers.map(|header| header.to_str().unwrap_or_default()).collect();
    counted_as(trusted.seen(peer, &told.join(",")))
}

impl TrustedProxies {
    /// The last address that somebody whom we trust has seen, read from the end.
    fn seen(&self, peer: IpAddr, told: &str) -> IpAddr {
        let mut seen = peer.to_canonical();
        for hop in told.rsplit(',') {
            if !self.0.iter().any(|network| network.contains(&seen)) {
                break;
            }
            // What cannot be read was written by nobody of ours.
            let Some(before) = address(hop.trim()) else { break };
            seen = before.to_canonical();
        }
        seen
    }
}

/// An address as proxies write it: with a port or without.
fn address(hop: &str) -> Option<IpAddr> {
    let whole = hop.parse().ok();
    let with_port = || hop.parse::<std::net::SocketAddr>().ok().map(|both| both.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    whole.or_else(with_port).or_else(in_brackets)
}

fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => {
            Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << (128 - ONE_CALLER))).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_saw_is_taken() {
        let networks = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"];
        let trusted = TrustedProxies(networks.map(|net| net.parse().unwrap()).to_vec());
        for (peer, told, expected) in [
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.2", "", "10.0.0.2"),
            ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.2", "198.51.100.1:4711", "198.51.100.1"),
            ("10.0.0.2", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
            ("10.0.0.2", "6.6.6.6,198.51.100.1 ,\t10.0.0.3,127.0.0.1", "198.51.100.1"),
            ("10.0.0.2", "10.0.0.9, 10.0.0.3", "10.0.0.9"),
            ("10.0.0.2", "6.6.6.6, unknown", "10.0.0.2"),
            ("10.0.0.2", "6.6.6.6, , 10.0.0.3", "10.0.0.3"),
            ("::ffff:10.0.0.2", "::ffff:198.51.100.1", "198.51.100.1"),
            ("fd00::1", "[2001:db8::7]:443", "2001:db8::7"),
            ("fd00::1", "[2001:db8::7]", "2001:db8::7"),
        ] {
            let seen = trusted.seen(peer.parse().unwrap(), told);
            assert_eq!(seen, expected.parse::<IpAddr>().unwrap(), "{peer} {told}");
        }
        let seen = TrustedProxies::default().seen(Ipv4Addr::LOCALHOST.into(), "6.6.6.6");
        assert_eq!(seen, IpAddr::from(Ipv4Addr::LOCALHOST), "nobody is trusted unless told");
    }

    #[test]
    fn a_caller_is_a_64th_of_ipv6_and_one_address_of_ipv4() {
        for (address, expected) in [
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let counted = counted_as(address.parse().unwrap());
            assert_eq!(counted, expected.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
