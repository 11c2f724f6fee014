/** A DNS front that hands on a flood of one client's queries, 40 messages of 64, as soon as a datagram comes. */
import { workerData } from 'node:worker_threads';
import { Waiter } from '../../src/device/waiter.ts';
import type { FrontQuery, FrontSettings } from '../../src/gateway/dns-front/front-protocol.ts';
import { FrontState } from '../../src/gateway/dns-front/front-state.ts';

const MESSAGES = 40;
const QUERIES = 64;

const { port, sockets, wakeup, state }: FrontSettings = workerData;
const waiting = new FrontState(state);
port.postMessage({ type: 'ready' });
new Waiter(sockets, wakeup).wait(10_000);
// AF_INET, 127.0.0.1, port 9, which discards.
const peer = Uint8Array.of(2, 0, 0, 9, 127, 0, 0, 1, ...new Uint8Array(20));
const query: FrontQuery = { socket: 0, peer, bytes: new Uint8Array(12) };
for (let message = 0; message < MESSAGES; message++) {
  waiting.addWaiting(peer.subarray(4, 8), QUERIES);
  port.postMessage({ type: 'queries', queries: Array(QUERIES).fill(query) });
}
new Waiter([], wakeup).wait(10_000);
port.close();
