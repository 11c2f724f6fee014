/** The same packet in all the protocols a client may use, for tests that must hold for each of them. */
import { joinEndpoint, splitEndpoint } from './address-text.ts';
import { buildEcho, buildTcp, buildUdp, type IpFields } from './build-packet.ts';
import type { ParsedPacket } from './parse-packet.ts';

export const PROTOCOLS = ['tcp', 'udp', 'echo'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Wanted extends IpFields {
  /** Of an echo; 1 unless told. */
  readonly sequence?: number;
  /** Of TCP; a first packet unless told. */
  readonly flags?: string;
  readonly acknowledgment?: number;
  readonly payload?: Uint8Array;
}

/** From a client: an echo takes the port it comes from as its identifier. */
export function buildRequest(protocol: Protocol, from: string, to: string, wanted: Wanted = {}): Uint8Array {
  if (protocol === 'tcp') return buildTcp({ from, to, flags: 'S', ...wanted });
  if (protocol === 'udp') return buildUdp({ from, to, ...wanted });
  const identifier = splitEndpoint(from).port;
  return buildEcho({
    from: splitEndpoint(from).address,
    to: splitEndpoint(to).address,
    identifier,
    ...wanted,
  });
}

/** What the internet answers to a request that left the gateway. */
export function buildReply(request: ParsedPacket, wanted: Wanted = {}): Uint8Array {
  const { from, to } = request;
  if (request.protocol === 'tcp') {
    const acknowledgment = request.sequence + 1;
    return buildTcp({ from: to, to: from, flags: 'SA', acknowledgment, ...wanted });
  }
  if (request.protocol === 'udp') return buildUdp({ from: to, to: from, ...wanted });
  const identifier = request.rest >>> 16;
  return buildEcho({ from: to, to: from, identifier, reply: true, ...wanted });
}

/** The endpoint a packet comes from; the identifier of an echo counts as its port. */
export function sourceOf(packet: ParsedPacket): { address: string; port: number } {
  if (packet.protocol === 'icmp') return { address: packet.from, port: packet.rest >>> 16 };
  return splitEndpoint(packet.from);
}

/** Where a packet goes to, without the port. */
export function destinationOf(packet: ParsedPacket): string {
  return packet.protocol === 'icmp' ? packet.to : splitEndpoint(packet.to).address;
}

export { joinEndpoint };
