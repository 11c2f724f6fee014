/**
 * How the kernel chooses the TUN queue, and so the worker, of a client's packet: by the source address alone. So a client's
 * flows, fragments and ICMP errors all reach one worker, which gives them one mapping whatever their destinations (RFC
 * 4787 REQ-1) and counts all of them against the client's limits. (By default the kernel chooses by flow.) ICMP errors, which
 * may come from a router on the path to the client, are steered by the client that the quoted packet was for.
 */
import { ICMP_HEADER_BYTES } from '../wire/icmp.ts';
import {
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_UNREACHABLE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
} from '../wire/protocol.ts';
import {
  assembleEbpf,
  compute,
  copy,
  EXIT,
  jump,
  jumpIf,
  keepPacket,
  load,
  loadFrom,
  RESULT,
  type Register,
  set,
  xor,
} from './ebpf-assembler.ts';

const IPV4_FRAGMENT = 6;
const IPV4_MORE_OR_OFFSET = 0x3fff;
const IPV4_PROTOCOL = 9;
const IPV4_SOURCE = 12;
const IPV4_DESTINATION = 16;
const IPV6_NEXT_HEADER = 6;
const IPV6_SOURCE = 8;
const IPV6_DESTINATION = 24;
const IPV6_BYTES = 40;
/** 2^32 divided by the golden ratio: spreads neighbouring addresses far apart (Knuth, volume 3, section 6.4). */
const SPREAD = 0x9e37_79b1;

const AT: Register = 7;
const SUM: Register = 8;

/** `struct bpf_insn`s; the kernel takes the result modulo the number of queues. Truncated packets go to the first. */
export const CLIENT_STEERING: Uint8Array<ArrayBuffer> = assembleEbpf([
  keepPacket,
  load(1, 0),
  compute(RESULT, '>>', 4),
  jumpIf('==', 6, 'ipv6'),
  // IPv4: AT = the offset of the address.
  set(AT, IPV4_SOURCE),
  load(1, IPV4_PROTOCOL),
  jumpIf('!=', PROTOCOL_ICMP, 'address4'),
  load(2, IPV4_FRAGMENT),
  jumpIf('&', IPV4_MORE_OR_OFFSET, 'address4'),
  load(1, 0),
  compute(RESULT, '&', 0x0f),
  compute(RESULT, '<<', 2),
  copy(SUM, RESULT),
  loadFrom(1, SUM, 0),
  jumpIf('==', ICMP_UNREACHABLE, 'error4'),
  jumpIf('==', ICMP_TIME_EXCEEDED, 'error4'),
  jumpIf('!=', ICMP_PARAMETER_PROBLEM, 'address4'),
  'error4',
  copy(AT, SUM),
  compute(AT, '+', ICMP_HEADER_BYTES + IPV4_DESTINATION),
  'address4',
  loadFrom(4, AT, 0),
  jump('spread'),
  'ipv6',
  set(AT, IPV6_SOURCE),
  load(1, IPV6_NEXT_HEADER),
  jumpIf('!=', PROTOCOL_ICMPV6, 'address6'),
  load(1, IPV6_BYTES),
  jumpIf('>', ICMPV6_PARAMETER_PROBLEM, 'address6'),
  jumpIf('<', ICMPV6_UNREACHABLE, 'address6'),
  set(AT, IPV6_BYTES + ICMP_HEADER_BYTES + IPV6_DESTINATION),
  'address6',
  loadFrom(4, AT, 0),
  ...[4, 8, 12].flatMap((word) => [copy(SUM, RESULT), loadFrom(4, AT, word), xor(RESULT, SUM)]),
  'spread',
  compute(RESULT, '*', SPREAD),
  compute(RESULT, '>>', 16),
  EXIT,
]);
