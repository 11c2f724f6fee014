/** Protocol numbers, ether types and ICMP types the gateway handles (IANA registries). */

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMPV6 = 58;

export const ETHER_TYPE_IPV4 = 0x0800;
export const ETHER_TYPE_ARP = 0x0806;
export const ETHER_TYPE_IPV6 = 0x86dd;

/** RFC 792. */
export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
/** Code of `ICMP_UNREACHABLE` (RFC 1191 section 4). */
export const ICMP_FRAGMENTATION_NEEDED = 4;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;

/** RFC 4443. */
export const ICMPV6_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;

/** The protocol's name, as in policies and on displays. */
export function protocolName(protocol: number): string {
  switch (protocol) {
    case PROTOCOL_TCP:
      return 'tcp';
    case PROTOCOL_UDP:
      return 'udp';
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
      return 'icmp';
    default:
      return String(protocol);
  }
}
