/** A flow as its worker knows it; views/describe-flows.ts adds the user and the uplink. */
import type { Address } from '../../../wire/address.ts';

export interface WorkerFlow {
  /** IP protocol number. */
  readonly protocol: number;
  /** `syn-sent`, `established`, `closing`, … for TCP (see nat/tcp-state.ts); `unreplied` or `replied` otherwise. */
  readonly state: string;
  readonly client: Address;
  /** For an echo its identifier; `remotePort` is 0 then. */
  readonly clientPort: number;
  /** What the client dialled: a synthetic address, or a literal one. */
  readonly inner: Address;
  /** The real destination. */
  readonly remote: Address;
  readonly remotePort: number;
  /** Source address and port of its packets on the internet. */
  readonly egress: Address;
  readonly externalPort: number;
  /** Index of the egress address in the inventory. */
  readonly egressIndex: number;
  /** The hostname that was dialled; null for a literal address. */
  readonly host: string | null;
  /** The rule that decided it; null when none matched. */
  readonly rule: { readonly id: string; readonly name: string } | null;
  readonly method: 'default' | 'dedicated';
  readonly role: 'primary' | 'secondary' | 'default';
  readonly ageSeconds: number;
  /** Since the last packet that refreshed it. */
  readonly idleSeconds: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}
