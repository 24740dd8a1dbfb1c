/** RFC 1122, RFC 4291. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1/128'];

/** Exceptions within the networks below: "Globally Reachable: True" in the registries. */
export const ROUTED: readonly string[] = [
  '192.0.0.9/32', // Port Control Protocol anycast, RFC 7723
  '192.0.0.10/32', // TURN anycast, RFC 8155
  '2001:1::1/128', // Port Control Protocol anycast, RFC 7723
  '2001:1::2/128', // TURN anycast, RFC 8155
  '2001:1::3/128', // DNS-SD SRP anycast, RFC 9665
  '2001:3::/32', // AMT, RFC 7450
  '2001:4:112::/48', // AS112, RFC 7535
  '2001:20::/28', // ORCHIDv2, RFC 7343
  '2001:30::/28', // Drone Remote ID, RFC 9374
];

/**
 * Networks that the internet does not route: "Globally Reachable: False" in IANA's registries of
 * special-purpose addresses (iana-ipv4-special-registry, iana-ipv6-special-registry, as of 2025), and
 * multicast (RFC 5771, 4291). Clouds use class E and the benchmarking networks for pods.
 */
export const UNROUTED: readonly string[] = [
  '0.0.0.0/8', // this network, RFC 791
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared address space, RFC 6598
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.168.0.0/16', // private use, RFC 1918
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved (class E), RFC 1112, and limited broadcast, RFC 919
  '64:ff9b:1::/48', // IPv4-IPv6 translation within a network, RFC 8215
  '100::/64', // discard only, RFC 6666
  '100:0:0:1::/64', // dummy prefix, RFC 9780
  '2001::/23', // IETF protocol assignments, RFC 2928
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
  '5f00::/16', // segment routing identifiers, RFC 9602
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link-local, RFC 4291
  'ff00::/8', // multicast, RFC 4291
];
