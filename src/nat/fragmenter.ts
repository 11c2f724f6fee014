/**
 * Fragments packets that are too large for the link they leave by (RFC 791 section 2.3, RFC 8200 section 4.5; row U14).
 * IPv4 fragments keep the identification of their packet, see ipv4-identifications.ts; whole IPv6 packets have none, so
 * the gateway counts its own.
 */
import { fragmentPayload, type Piece, repeatedHeaderBytes } from '../wire/fragment.ts';
import { ipv4Identification, ipv4MayBeCut } from '../wire/ipv4.ts';
import type { PacketView } from '../wire/packet-view.ts';
import type { RandomBelow } from './random.ts';

const WORD = 0x1_0000_0000;
/** Bytes that a fragment must have room for. Chosen by us for IPv6: hop-by-hop options may fill any link. */
const LEAST_PAYLOAD = { 4: 8, 6: 512 } as const;

export class Fragmenter {
  #identification6: number;

  constructor(random: RandomBelow) {
    this.#identification6 = random(WORD);
  }

  /**
   * Whether the packet may be fragmented for a link of `mtu` bytes: IPv4 without DF, or an IPv6 packet that arrived in fragments
   * (RFC 8200 section 5), unless its headers leave no room.
   */
  mayCut({ view, at, family }: PacketView, cameInPieces: boolean, mtu: number): boolean {
    const isAllowed = family === 6 ? cameInPieces : ipv4MayBeCut(view, at);
    return isAllowed && fragmentPayload(view, at, mtu) >= LEAST_PAYLOAD[family];
  }

  /** The fragments of the packet for a link of `mtu` bytes, in order. */
  cut({ view, at, end, family }: PacketView, mtu: number): Piece[] {
    const most = fragmentPayload(view, at, mtu);
    const total = end - at - repeatedHeaderBytes(view, at);
    if (family === 6) this.#identification6 = (this.#identification6 + 1) % WORD;
    const identification = family === 6 ? this.#identification6 : ipv4Identification(view, at);
    return Array.from({ length: Math.ceil(total / most) }, (_, index) => ({
      offset: index * most,
      bytes: Math.min(most, total - index * most),
      more: (index + 1) * most < total,
      identification,
    }));
  }
}
