/**
 * Addresses that no forwarded packet may carry (RFC 1812 section 5.3.7, RFC 6890; row R5). Addresses are four 32-bit
 * words, with an IPv4 address in the last.
 */

/** Whether the source, the destination, or the two together (equal: a "land" packet) are never legitimate. */
export function isMartianPair(family: 4 | 6, addresses: Uint32Array): boolean {
  if (family === 4) {
    const source = addresses[3] ?? 0;
    const destination = addresses[7] ?? 0;
    return source === destination || isMartianIpv4(source) || isMartianIpv4(destination);
  }
  return sameHalves(addresses) || isMartianIpv6(addresses, 0) || isMartianIpv6(addresses, 4);
}

/** This-network, loopback, link-local, multicast, reserved and broadcast. */
export function isMartianIpv4(address: number): boolean {
  const first = address >>> 24;
  return first === 0 || first === 127 || first >= 224 || address >>> 16 === 0xa9fe;
}

/** Unspecified, loopback, IPv4-compatible and -mapped, link-local and multicast; `at` is the first of four words. */
export function isMartianIpv6(words: Uint32Array, at: number): boolean {
  const first = words[at] ?? 0;
  if (first >>> 24 === 0xff || first >>> 22 === 0x3fa) return true;
  if (first !== 0 || words[at + 1] !== 0) return false;
  const third = words[at + 2] ?? 0;
  return third === 0 || third === 0xffff;
}

function sameHalves(words: Uint32Array): boolean {
  return words[0] === words[4] && words[1] === words[5] && words[2] === words[6] && words[3] === words[7];
}
