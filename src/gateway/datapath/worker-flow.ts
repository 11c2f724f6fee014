/** A flow as its worker knows it. */
import type { Address } from '../../wire/address.ts';

export interface WorkerFlow {
  readonly protocol: number;
  readonly state: string;
  readonly client: Address;
  readonly clientPort: number;
  readonly inner: Address;
  readonly remote: Address;
  readonly remotePort: number;
  readonly egress: Address;
  readonly externalPort: number;
  readonly egressIndex: number;
  readonly host: string | null;
  readonly rule: { readonly id: string; readonly name: string } | null;
  readonly method: 'default' | 'dedicated';
  readonly role: 'primary' | 'secondary' | 'default';
  readonly ageSeconds: number;
  readonly idleSeconds: number;
  readonly packetsOut: number;
  readonly packetsIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}
