/**
 * Cuts a packet that was sent in pieces, and is too large for the link it leaves by, into pieces again (RFC 791 section
 * 2.3, RFC 8200 section 4.5; row U14). Identifications are the gateway's own, since several clients share a source
 * address and theirs would collide (RFC 6864 section 5.3.1, row P10).
 */
import { fragmentPayload, type Piece } from '../wire/fragment.ts';
import { IPV6_HEADER_BYTES } from '../wire/ipv6.ts';
import type { PacketView } from '../wire/packet-view.ts';
import type { RandomBelow } from './random.ts';

const WORD = 0x1_0000_0000;
const DONT_FRAGMENT = 0x4000;
const IPV4_FRAGMENT_AT = 6;

export class Fragmenter {
  #identification: number;

  constructor(random: RandomBelow) {
    this.#identification = random(WORD);
  }

  /** Whether the packet may be cut: never against its sender's will, nor in the midst of extension headers. */
  mayCut({ view, at, family, transportAt }: PacketView): boolean {
    if (family === 6) return transportAt - at === IPV6_HEADER_BYTES;
    return (view.getUint16(at + IPV4_FRAGMENT_AT) & DONT_FRAGMENT) === 0;
  }

  /** The pieces of the packet for a link of `mtu` bytes, in order. */
  cut({ at, transportAt, end, family }: PacketView, mtu: number): Piece[] {
    const most = fragmentPayload(family, mtu);
    const headerBytes = family === 6 ? IPV6_HEADER_BYTES : transportAt - at;
    const total = end - at - headerBytes;
    this.#identification = (this.#identification + 1) % WORD;
    return Array.from({ length: Math.ceil(total / most) }, (_, index) => ({
      offset: index * most,
      bytes: Math.min(most, total - index * most),
      more: (index + 1) * most < total,
      identification: this.#identification,
    }));
  }
}
