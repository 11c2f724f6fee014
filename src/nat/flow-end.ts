/** Why a flow ended. */
import { isClosedByBoth, RST_SEEN } from './tcp-state.ts';

/** A connection that both sides have closed, or that one has broken off, is kept for a while before it ends as such. */
export type FlowEnd = 'idle' | 'closed' | 'reset' | 'egress-lost';

/** Of a flow in this state (see tcp-state.ts) that nothing else ends. */
export function endOf(state: number): FlowEnd {
  if ((state & RST_SEEN) !== 0) return 'reset';
  return isClosedByBoth(state) ? 'closed' : 'idle';
}
