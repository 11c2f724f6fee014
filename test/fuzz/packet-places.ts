/** Where things stand in a packet that is well formed; without the code under test. */
export interface PacketPlaces {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly sourceAt: number;
  readonly destinationAt: number;
  readonly addressBytes: 4 | 16;
  /** Of the transport header; of a fragment behind the first one there is none. */
  readonly transportAt: number;
  readonly isFirst: boolean;
  /** The same for all fragments of a packet; undefined for a whole one. */
  readonly fragmentOf: string | undefined;
}

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;
const FRAGMENT = 44;
const OPTIONS = new Set([0, 60]);

/** The places in the packet that begins at `at`; undefined when it is none. */
export function findPlaces(bytes: Uint8Array, at = 0): PacketPlaces | undefined {
  const version = (bytes[at] ?? 0) >> 4;
  if (version === 4 && bytes.length >= at + 20) return findIpv4(bytes, at);
  if (version === 6 && bytes.length >= at + 40) return findIpv6(bytes, at);
  return undefined;
}

function findIpv4(bytes: Uint8Array, at: number): PacketPlaces {
  const word = read16(bytes, at + 6);
  const isWhole = (word & 0x3fff) === 0;
  const key = [read16(bytes, at + 4), ...bytes.subarray(at + 12, at + 20)].join();
  return {
    family: 4,
    protocol: bytes[at + 9] ?? 0,
    sourceAt: at + 12,
    destinationAt: at + 16,
    addressBytes: 4,
    transportAt: at + ((bytes[at] ?? 0) & 15) * 4,
    isFirst: (word & 0x1fff) === 0,
    fragmentOf: isWhole ? undefined : key,
  };
}

function findIpv6(bytes: Uint8Array, at: number): PacketPlaces {
  let protocol = bytes[at + 6] ?? 0;
  let transportAt = at + 40;
  while (OPTIONS.has(protocol) && transportAt < bytes.length) {
    protocol = bytes[transportAt] ?? 0;
    transportAt += 8 + (bytes[transportAt + 1] ?? 0) * 8;
  }
  const places = {
    family: 6,
    sourceAt: at + 8,
    destinationAt: at + 24,
    addressBytes: 16,
  } as const;
  if (protocol !== FRAGMENT)
    return { ...places, protocol, transportAt, isFirst: true, fragmentOf: undefined };
  const identification = bytes.subarray(transportAt + 4, transportAt + 8);
  return {
    ...places,
    protocol: bytes[transportAt] ?? 0,
    transportAt: transportAt + 8,
    isFirst: (read16(bytes, transportAt + 2) & 0xfff8) === 0,
    fragmentOf: [...identification, ...bytes.subarray(at + 8, at + 40)].join(),
  };
}

/** Two bytes as a number; what is not there is 0. */
export function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
}
