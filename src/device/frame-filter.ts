/**
 * Which of its uplink's frames a packet socket receives, decided in the kernel by a classic BPF program. On a link without
 * Ethernet headers, such as a tunnel, the program sees bare IP packets. Never frames to other machines' MACs, frames that this
 * host sends, or frames of another VLAN, whose tag the kernel has already removed from the bytes. Every worker receives ARP and
 * neighbour discovery; any other frame goes to exactly one worker: the owner of the external port or echo identifier in it, or
 * in the packet that an ICMP error quotes. Where that is not at a fixed offset (fragments, extension headers, anything short or
 * unusual), the frame goes to the first worker.
 */
import { ETHERNET_HEADER_BYTES } from '../wire/ethernet.ts';
import type { PortShare } from '../wire/port-share.ts';
import {
  ETHER_TYPE_ARP,
  ETHER_TYPE_IPV4,
  ETHER_TYPE_IPV6,
  ICMP_ECHO_REPLY,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  ICMPV6_ECHO_REPLY,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_UNREACHABLE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/protocol.ts';
import {
  answer,
  assembleBpf,
  type BpfLine,
  compute,
  jump,
  jumpIf,
  load,
  loadFrom,
  loadHeaderLength,
  loadLength,
  moveToX,
  restore,
  store,
} from './bpf-assembler.ts';

/** Loads of a frame's metadata (linux/filter.h), and kinds of frames (linux/if_packet.h). */
const KERNEL_KNOWS = 0xffff_f000;
/** The EtherType, also of a packet without an Ethernet header. */
const PROTOCOL = KERNEL_KNOWS;
const PACKET_TYPE = KERNEL_KNOWS + 4;
const VLAN_TAG = KERNEL_KNOWS + 44;
const VLAN_ID = 0x0fff;
const TO_OTHER_HOST = 3;
const OUTGOING = 4;

const WHOLE_FRAME = 0xffff_ffff;
const NOTHING = 0;

const ETHER_TYPE = ETHERNET_HEADER_BYTES - 2;
const IPV4_FRAGMENT = 6;
const IPV4_MORE_OR_OFFSET = 0x3fff;
const IPV4_PROTOCOL = 9;
const IPV4_BYTES = 20;
const IPV6_NEXT_HEADER = 6;
const IPV6_BYTES = 40;
const DESTINATION_PORT = 2;
const PORTS_BYTES = 4;
const ICMP_IDENTIFIER = 4;
/** Length of the ICMP header, which an error's quote follows. */
const ICMP_BYTES = 8;
const NDP_SOLICITATION = 135;
const NDP_ADVERTISEMENT = 136;

/** `struct sock_filter`s, one after the other, in the machine's byte order. `isFramed`: the link has Ethernet headers. */
export function makeFrameFilter(share: PortShare, isFramed = true): Uint8Array<ArrayBuffer> {
  return assembleBpf([
    ...refuseForeign(),
    ...(share.workers === 1 ? [] : takeShare(share, isFramed)),
    'take',
    answer(WHOLE_FRAME),
    'refuse',
    answer(NOTHING),
  ]);
}

function refuseForeign(): BpfLine[] {
  return [
    load(4, PACKET_TYPE),
    jumpIf('==', TO_OTHER_HOST, 'refuse'),
    jumpIf('==', OUTGOING, 'refuse'),
    load(4, VLAN_TAG),
    jumpIf('&', VLAN_ID, 'refuse'),
  ];
}

function takeShare({ worker, workers }: PortShare, isFramed: boolean): BpfLine[] {
  const ip = isFramed ? ETHERNET_HEADER_BYTES : 0;
  return [
    isFramed ? load(2, ETHER_TYPE) : load(4, PROTOCOL),
    jumpIf('==', ETHER_TYPE_ARP, 'take'),
    jumpIf('==', ETHER_TYPE_IPV6, 'ipv6'),
    jumpIf('==', ETHER_TYPE_IPV4, undefined, 'unclear'),
    ...readIpv4(ip),
    'ipv6',
    ...readIpv6(ip),
    'owner',
    compute('%', workers),
    jumpIf('==', worker, 'take', 'refuse'),
    'unclear',
    jump(worker === 0 ? 'take' : 'refuse'),
  ];
}

/**
 * Jumps to `owner` with the port in A, or to `unclear`. `ip` is the offset of the IP header; X is the length of the IP header,
 * or of all IP headers.
 */
function readIpv4(ip: number): BpfLine[] {
  return [
    ...demandLength(ip + IPV4_BYTES),
    load(2, ip + IPV4_FRAGMENT),
    jumpIf('&', IPV4_MORE_OR_OFFSET, 'unclear'),
    loadHeaderLength(ip),
    load(1, ip + IPV4_PROTOCOL),
    jumpIf('==', PROTOCOL_ICMP, 'icmp'),
    jumpIf('==', PROTOCOL_TCP, 'ports4'),
    jumpIf('==', PROTOCOL_UDP, undefined, 'unclear'),
    'ports4',
    ...portAt(ip + DESTINATION_PORT, ip + PORTS_BYTES),
    'icmp',
    ...demandLengthFrom(ip + ICMP_BYTES),
    loadFrom(1, ip),
    jumpIf('==', ICMP_ECHO_REPLY, 'reply4'),
    jumpIf('==', ICMP_UNREACHABLE, 'error4'),
    jumpIf('==', ICMP_TIME_EXCEEDED, 'error4'),
    jumpIf('==', ICMP_PARAMETER_PROBLEM, 'error4', 'unclear'),
    'reply4',
    ...portAt(ip + ICMP_IDENTIFIER, ip + ICMP_BYTES),
    'error4',
    ...readIpv4Quote(ip + ICMP_BYTES),
  ];
}

/** The packet that was sent, at X + `quote`: its source port or identifier is the external one. */
function readIpv4Quote(quote: number): BpfLine[] {
  return [
    ...demandLengthFrom(quote + IPV4_BYTES),
    loadFrom(1, quote + IPV4_PROTOCOL),
    store,
    loadFrom(1, quote),
    compute('&', 0x0f),
    compute('<<', 2),
    compute('+x'),
    moveToX,
    restore,
    jumpIf('==', PROTOCOL_TCP, 'quotedPorts4'),
    jumpIf('==', PROTOCOL_UDP, 'quotedPorts4'),
    jumpIf('==', PROTOCOL_ICMP, undefined, 'unclear'),
    ...portAt(quote + ICMP_IDENTIFIER, quote + ICMP_BYTES),
    'quotedPorts4',
    ...portAt(quote, quote + PORTS_BYTES),
  ];
}

function readIpv6(ip: number): BpfLine[] {
  const transport = ip + IPV6_BYTES;
  const quote = transport + ICMP_BYTES;
  const quoted = quote + IPV6_BYTES;
  return [
    ...demandLength(transport + ICMP_BYTES),
    load(1, ip + IPV6_NEXT_HEADER),
    jumpIf('==', PROTOCOL_ICMPV6, 'icmpv6'),
    jumpIf('==', PROTOCOL_TCP, 'ports6'),
    jumpIf('==', PROTOCOL_UDP, undefined, 'unclear'),
    'ports6',
    load(2, transport + DESTINATION_PORT),
    jump('owner'),
    'icmpv6',
    load(1, transport),
    jumpIf('==', NDP_SOLICITATION, 'take'),
    jumpIf('==', NDP_ADVERTISEMENT, 'take'),
    jumpIf('==', ICMPV6_ECHO_REPLY, 'reply6'),
    jumpIf('>', ICMPV6_PARAMETER_PROBLEM, 'unclear'),
    jumpIf('>=', ICMPV6_UNREACHABLE, undefined, 'unclear'),
    ...demandLength(quoted + ICMP_BYTES),
    load(1, quote + IPV6_NEXT_HEADER),
    jumpIf('==', PROTOCOL_TCP, 'quotedPorts6'),
    jumpIf('==', PROTOCOL_UDP, 'quotedPorts6'),
    jumpIf('==', PROTOCOL_ICMPV6, undefined, 'unclear'),
    load(2, quoted + ICMP_IDENTIFIER),
    jump('owner'),
    'quotedPorts6',
    load(2, quoted),
    jump('owner'),
    'reply6',
    load(2, transport + ICMP_IDENTIFIER),
  ];
}

/** A load beyond the end would end the program, and no worker would take the frame and count it. */
function demandLength(bytes: number): BpfLine[] {
  return [loadLength, jumpIf('>=', bytes, undefined, 'unclear')];
}

/** The same, counted from X. */
function demandLengthFrom(bytes: number): BpfLine[] {
  return [
    loadLength,
    jumpIf('>=x', 0, undefined, 'unclear'),
    compute('-x'),
    jumpIf('>=', bytes, undefined, 'unclear'),
  ];
}

/** The port at X + `at`, of a header that ends at X + `end`. */
function portAt(at: number, end: number): BpfLine[] {
  return [...demandLengthFrom(end), loadFrom(2, at), jump('owner')];
}
