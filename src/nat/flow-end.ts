/** Why a flow ended. */
import { isClosedByBoth, RST_SEEN } from './tcp-state.ts';

/** A connection that both sides have closed (`closed`) or one has reset (`reset`) is kept for a while before it ends. */
export type FlowEnd = 'idle' | 'closed' | 'reset' | 'egress-lost';

/** Why a flow in this state (see tcp-state.ts) ends when its timer runs out. */
export function endOf(state: number): FlowEnd {
  if ((state & RST_SEEN) !== 0) return 'reset';
  return isClosedByBoth(state) ? 'closed' : 'idle';
}
