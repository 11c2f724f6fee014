/** Rows of the table `lease`. A column of addresses is a blob of 4 or 16 bytes per address; names are joined by spaces. */
import type { SQLInputValue } from 'node:sqlite';
import type { Address } from '../wire/address.ts';

export interface StoredLease {
  readonly slot: number;
  readonly hostname: string;
  readonly ipv6: Address | undefined;
  readonly real4: readonly Address[];
  readonly real6: readonly Address[];
  /** CNAME targets on the path to each family's addresses; none contains a space. */
  readonly aliases4: readonly string[];
  readonly aliases6: readonly string[];
  /** Whether the lease has ended and its slot rests before it may stand for another name. */
  readonly resting: boolean;
}

/** The values of a row, in the order of the table's columns. */
export function emitRow(lease: StoredLease): SQLInputValue[] {
  const { slot, hostname, ipv6, real4, real6, aliases4, aliases6, resting } = lease;
  const addresses = [ipv6 ?? null, joinAddresses(real4), joinAddresses(real6)];
  return [slot, hostname, ...addresses, resting ? 1 : 0, aliases4.join(' '), aliases6.join(' ')];
}

export function readRow(row: Record<string, unknown>): StoredLease {
  return {
    slot: Number(row.slot),
    hostname: String(row.hostname),
    ipv6: row.ipv6 instanceof Uint8Array ? row.ipv6 : undefined,
    real4: splitAddresses(row.real4, 4),
    real6: splitAddresses(row.real6, 16),
    aliases4: splitNames(row.aliases4),
    aliases6: splitNames(row.aliases6),
    resting: row.resting === 1,
  };
}

function splitNames(text: unknown): string[] {
  return typeof text === 'string' && text !== '' ? text.split(' ') : [];
}

function joinAddresses(addresses: readonly Address[]): Uint8Array {
  return Buffer.concat(addresses);
}

function splitAddresses(blob: unknown, bytes: number): Address[] {
  if (!(blob instanceof Uint8Array)) return [];
  return Array.from({ length: Math.floor(blob.length / bytes) }, (_, at) =>
    blob.slice(at * bytes, (at + 1) * bytes),
  );
}
