/** Names of the reverse trees (RFC 1035 section 3.5, RFC 3596 section 2.5) as the prefix they stand for. */
import type { Prefix } from '../address.ts';

/**
 * The prefix a name under in-addr.arpa or ip6.arpa stands for: 8 bits a label (IPv4) or 4 (IPv6); a full address has
 * length 32 or 128. Undefined for any other name, the apexes and malformed labels (RFC 2317's among them).
 */
export function parseReverseName(name: string): Prefix | undefined {
  const labels = name.split('.').reverse();
  if (labels[0] !== 'arpa' || labels.length < 3) return undefined;
  const digits = labels.slice(2);
  if (labels[1] === 'in-addr') return ipv4Prefix(digits);
  if (labels[1] === 'ip6') return ipv6Prefix(digits);
  return undefined;
}

function ipv4Prefix(labels: readonly string[]): Prefix | undefined {
  const octets = labels.map(Number);
  const wellFormed = labels.every(
    (label, index) => /^(0|[1-9]\d{0,2})$/.test(label) && (octets[index] ?? 256) < 256,
  );
  if (!wellFormed || labels.length > 4) return undefined;
  const address = new Uint8Array(4);
  address.set(octets);
  return { address, length: labels.length * 8 };
}

function ipv6Prefix(labels: readonly string[]): Prefix | undefined {
  if (labels.length > 32 || !labels.every((label) => /^[0-9a-f]$/.test(label))) return undefined;
  const address = Uint8Array.from(Buffer.from(labels.join('').padEnd(32, '0'), 'hex'));
  return { address, length: labels.length * 4 };
}
