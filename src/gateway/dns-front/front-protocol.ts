/** Messages between the control thread and the DNS front. */
import type { Family, Prefix } from '../../wire/address.ts';
import type { Ready, Stop, ThreadSettings } from '../worker-thread.ts';
import type { AnswerToKeep } from './kept-answers.ts';

/** Everything the front is started with; survives a structured clone. */
export interface FrontSettings extends ThreadSettings {
  /** The control thread opened them, and closes them when the front has ended. */
  readonly sockets: ReadonlyArray<{ readonly descriptor: number; readonly family: Family }>;
  /** Whom to answer. */
  readonly clients: readonly Prefix[];
  readonly state: SharedArrayBuffer;
  readonly leaseUse: SharedArrayBuffer;
}

export type ToFront =
  /** Valid while its generation is. Comes without a wake-up: the front looks before it answers. */
  { readonly type: 'keep'; readonly answer: AnswerToKeep; readonly generation: number } | Stop;

export type FromFront =
  | Ready
  /** For the resolver; it counts as waiting until the control thread has taken it. */
  | { readonly type: 'queries'; readonly queries: readonly FrontQuery[] };

export interface FrontQuery {
  /** Index of the socket it came by. */
  readonly socket: number;
  /** As the kernel wrote it. */
  readonly peer: Uint8Array;
  readonly bytes: Uint8Array;
}
