/** A DNS front that fails at its first datagram. */
import { workerData } from 'node:worker_threads';
import { Waiter } from '../../src/device/waiter.ts';
import type { FrontSettings } from '../../src/gateway/dns-front/front-protocol.ts';

const { port, sockets, wakeup }: FrontSettings = workerData;
port.postMessage({ type: 'ready' });
new Waiter(sockets, wakeup).wait(10_000);
throw new Error('Cannot answer: this is a test');
