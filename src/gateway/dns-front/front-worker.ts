/**
 * The DNS front's thread: waits in the kernel for datagrams, and takes what the control thread has posted before it looks
 * at any.
 */
import { isMainThread, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { UdpPort } from '../../device/udp-socket.ts';
import { Waiter } from '../../device/waiter.ts';
import { LeaseUse } from '../../synthetic/lease-use.ts';
import { systemClock } from '../../time/clock.ts';
import { DnsFront } from './dns-front.ts';
import type { FromFront, FrontSettings, ToFront } from './front-protocol.ts';
import { FrontState } from './front-state.ts';
import { KeptAnswers } from './kept-answers.ts';

/** Of each kind; some 400 bytes each, 800 at most. */
const MOST_ANSWERS = 32_768;
/** The longest wait, so that a process which ends without saying so is not held up. */
const TICK_MS = 250;
/**
 * The rest while many queries come: taken as they come, each costs a wake-up, and the processor that its client needs to
 * send the next one. Measured with dnsperf on two processors, in microseconds a query: 3.6 of this thread and 8.3 of
 * dnsperf, instead of 7.8 and 10.2.
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
    answers: new KeptAnswers({
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
    if (!takeMail(settings, front)) break;
    for (const index of sockets.keys()) if ((ready & (1 << index)) !== 0) front.serve(index);
  }
  port.close();
}

/** False when it said to stop. */
function takeMail({ port }: FrontSettings, front: DnsFront): boolean {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return true;
    const message: ToFront = received.message;
    if (message.type === 'stop') return false;
    front.keep(message);
  }
}
