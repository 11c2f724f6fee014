/**
 * The thread of the DNS front: waits in the kernel for datagrams, and handles messages from the control thread before it reads
 * any.
 */
import { isMainThread, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { UdpPort } from '../../device/udp-socket.ts';
import { Waiter } from '../../device/waiter.ts';
import { LeaseUse } from '../../synthetic/lease-use.ts';
import { systemClock } from '../../time/clock.ts';
import { DnsFront } from './dns-front.ts';
import { FrontCache } from './front-cache.ts';
import type { FromFront, FrontSettings, ToFront } from './front-protocol.ts';
import { FrontState } from './front-state.ts';

/** Maximum answers of each kind, of some 400 bytes each, 800 at most. */
const MOST_ANSWERS = 32_768;
/** Maximum wait, so that the thread does not delay the end of a process that exits without stopping it. */
const TICK_MS = 250;
/**
 * The pause at a high query rate: without it, each query costs a wake-up, on a processor that clients on the same host also need.
 * Measured with dnsperf on two processors, in microseconds per query: 3.6 for this thread and 8.3 for dnsperf, instead of 7.8
 * and 10.2.
 */
const REST_MS = 0.05;

if (!isMainThread) run(workerData);

function run(settings: FrontSettings): void {
  const { port, wakeup, clients } = settings;
  const post = (message: FromFront) => port.postMessage(message);
  const sockets = settings.sockets.map(({ descriptor, family }) => ({
    port: new UdpPort(descriptor),
    family,
  }));
  const leaseUse = new LeaseUse(settings.leaseUse);
  const state = new FrontState(settings.state);
  const front = new DnsFront({
    sockets,
    clients,
    answers: new FrontCache({
      entries: MOST_ANSWERS,
      onUse: (lease, nowMs) => {
        leaseUse.touch(lease, nowMs);
        state.count('synthesized');
      },
    }),
    state,
    post: (queries) => post({ type: 'queries', queries }),
    clock: systemClock,
  });
  const waiter = new Waiter(
    sockets.map((socket) => socket.port),
    wakeup,
  );
  const rest = new Waiter([], wakeup);
  post({ type: 'ready' });
  for (;;) {
    const ready = waiter.wait(TICK_MS);
    if (front.shouldRest) rest.wait(REST_MS);
    if (!takeMessages(settings, front)) break;
    for (const index of sockets.keys()) if ((ready & (1 << index)) !== 0) front.serve(index);
  }
  port.close();
}

/** Handles all messages from the control thread; false if it requests a stop. */
function takeMessages({ port }: FrontSettings, front: DnsFront): boolean {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return true;
    const message: ToFront = received.message;
    if (message.type === 'stop') return false;
    front.cache(message);
  }
}
