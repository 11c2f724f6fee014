/** Messages between the control thread and the DNS front. */
import type { Family, Prefix } from '../../wire/address.ts';
import type { Ready, Stop, ThreadSettings } from '../worker-thread.ts';
import type { CacheableAnswer } from './front-cache.ts';

/** The settings the front is started with; can be posted to a worker (structured clone). */
export interface FrontSettings extends ThreadSettings {
  /** Opened by the control thread, which closes them after the front has ended. */
  readonly sockets: ReadonlyArray<{ readonly descriptor: number; readonly family: Family }>;
  /** The clients' prefixes. */
  readonly clients: readonly Prefix[];
  readonly state: SharedArrayBuffer;
  readonly leaseUse: SharedArrayBuffer;
}

export type ToFront =
  /**
   * An answer to cache, valid during its generation. Posted without a wake-up: the front checks for messages before it answers.
   */
  { readonly type: 'cache'; readonly answer: CacheableAnswer; readonly generation: number } | Stop;

export type FromFront =
  | Ready
  /** Queries for the resolver, which count as waiting until the control thread starts them. */
  | { readonly type: 'queries'; readonly queries: readonly FrontQuery[] };

export interface FrontQuery {
  /** The index of the receiving socket. */
  readonly socket: number;
  /** The sender's socket address, as written by the kernel. */
  readonly peer: Uint8Array;
  readonly bytes: Uint8Array;
}
