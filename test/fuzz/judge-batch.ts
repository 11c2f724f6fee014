/**
 * What must hold after every batch, whatever came in (FL-05 to FL-08): only egress addresses leave,
 * clients hear only from whom they spoke to, and each packet that came was carried, kept, or dropped for a reason.
 */
import { addressText } from '../support/address-text.ts';
import type { DatapathFixture, Outcome, SentFrame } from '../support/datapath-fixture.ts';
import { findPlaces, ICMP, ICMPV6 } from './packet-places.ts';
import type { CapturedPacket } from './read-capture.ts';

const EGRESS =
  /^(203\.0\.113\.(9|10)|198\.51\.100\.(1|20)|2001:db8:9:0?:.*|2001:db8:9::.*|2001:db8:1::[12])$/;
const NEVER_OUTSIDE =
  /^(10\.(?!9\.)|127\.|169\.254\.|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\.|f[cd]|fe80|2606:4700:cf1:4000:)/;
const CLIENT = /^(10\.64\.0\.\d+|fd00:64:.*)$/;
const ROUTERS = ['100.80.0.1', '2606:4700:cf1:4000::1'];
const ARP = 0x0806;
const NEIGHBOUR_DISCOVERY = [133, 134, 135, 136, 137];

/** Losses of what was counted as carried already: a piece that found no room, and what waited too long. */
const COUNTED_TWICE = ['uplink-send-failed', 'tun-send-failed', 'icmp-rate-limited'] as const;

export class BatchJudge {
  readonly #gateway: DatapathFixture;
  /** Whom clients have spoken to. */
  readonly #called = new Set<string>();
  #before = { carried: 0, dropped: 0, unresolved: 0 };

  constructor(gateway: DatapathFixture) {
    this.#gateway = gateway;
  }

  /** Clients have sent these. */
  noteCalls(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      const places = findPlaces(packet);
      if (places === undefined) continue;
      this.#called.add(textAt(packet, places.destinationAt, places.addressBytes));
    }
  }

  /** Before a batch. */
  begin(): void {
    this.#before = this.#count();
  }

  /** After it; throws what is wrong. `own` are frames that the gateway sends besides. */
  judge(
    side: 'clients' | 'internet',
    packets: readonly CapturedPacket[],
    outcome: Outcome,
    own: readonly SentFrame[],
  ): void {
    if (side === 'clients') this.noteCalls(packets.map(({ packet }) => packet));
    for (const frame of [...outcome.wan, ...outcome.spare, ...own]) judgeOutside(frame);
    for (const packet of outcome.clients) this.#judgeInside(packet);
    this.#judgeCount(packets);
  }

  #judgeInside(packet: Uint8Array): void {
    const places = findPlaces(packet);
    if (places === undefined) throw new Error(`something that is no packet went to clients: ${hex(packet)}`);
    const { protocol, transportAt, sourceAt, destinationAt, addressBytes } = places;
    const to = textAt(packet, destinationAt, addressBytes);
    if (!CLIENT.test(to)) throw new Error(`a packet for ${to} went to clients: ${hex(packet)}`);
    const from = textAt(packet, sourceAt, addressBytes);
    const type = packet[transportAt] ?? 0;
    const isError = protocol === ICMP ? type !== 0 && type !== 8 : protocol === ICMPV6 && type < 128;
    if (isError || ROUTERS.includes(from) || this.#called.has(from)) return;
    throw new Error(`a client heard from ${from}, which it never called: ${hex(packet)}`);
  }

  /**
   * A fragment or a neighbour's message may be taken and nothing come of it; everything else is accounted for, once. What
   * waits for a next hop counts as carried, and once more when nobody answers for it.
   */
  #judgeCount(packets: readonly CapturedPacket[]): void {
    const after = this.#count();
    const [carried, dropped, unresolved] = (['carried', 'dropped', 'unresolved'] as const).map(
      (what) => after[what] - this.#before[what],
    );
    const once = (carried ?? 0) + (dropped ?? 0);
    const absorbable = packets.filter(mayBeTaken).length;
    if (once <= packets.length && once + (unresolved ?? 0) >= packets.length - absorbable) return;
    throw new Error(
      `of ${packets.length} packets (${absorbable} fragments and the like) ${carried} were carried, ${dropped} dropped, ${unresolved} not resolved`,
    );
  }

  #count(): { carried: number; dropped: number; unresolved: number } {
    const { counters } = this.#gateway;
    const drops = Object.values(counters.drops()).reduce((sum, count) => sum + count, 0);
    const twice = COUNTED_TWICE.reduce((sum, reason) => sum + counters.dropped(reason), 0);
    const unresolved = counters.dropped('next-hop-unresolved');
    return {
      carried: counters.read('packetsOut') + counters.read('packetsIn'),
      dropped: drops - twice - unresolved,
      unresolved,
    };
  }
}

function judgeOutside({ packet, etherType }: SentFrame): void {
  if (etherType === ARP) return;
  const places = findPlaces(packet);
  if (places === undefined) throw new Error(`something that is no packet left: ${hex(packet)}`);
  const { protocol, transportAt, sourceAt, destinationAt, addressBytes } = places;
  if (protocol === ICMPV6 && NEIGHBOUR_DISCOVERY.includes(packet[transportAt] ?? 0)) return;
  const from = textAt(packet, sourceAt, addressBytes);
  if (!EGRESS.test(from)) throw new Error(`a packet left from ${from}: ${hex(packet)}`);
  const to = textAt(packet, destinationAt, addressBytes);
  if (NEVER_OUTSIDE.test(to)) throw new Error(`a packet left for ${to}: ${hex(packet)}`);
}

function mayBeTaken({ packet, etherType }: CapturedPacket): boolean {
  const places = findPlaces(packet);
  if (etherType === ARP || packet.length === 0 || places === undefined) return true;
  const isNeighbours =
    places.protocol === ICMPV6 && NEIGHBOUR_DISCOVERY.includes(packet[places.transportAt] ?? 0);
  return isNeighbours || places.fragmentOf !== undefined;
}

function textAt(packet: Uint8Array, at: number, bytes: number): string {
  return addressText(packet.subarray(at, at + bytes));
}

export function hex(packet: Uint8Array): string {
  return Buffer.from(packet.subarray(0, 200)).toString('hex');
}
