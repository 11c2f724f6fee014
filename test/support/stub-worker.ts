/** A worker thread without devices for the tests of DatapathHost: what it does is told by its `tunName`. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Waiter, WOKEN } from '../../src/device/waiter.ts';
import type { ToWorker, WorkerSettings } from '../../src/gateway/worker/worker-protocol.ts';
import { GatewayError } from '../../src/report/errors.ts';

const settings: WorkerSettings = workerData;
const { port, tunName: plan } = settings;

if (plan === 'refuse') throw new GatewayError('EDEVICE', 'Cannot open tun0: it is busy');
port.postMessage({ type: 'ready' });
const waiter = new Waiter([], settings.wakeup);
for (let message = nextMessage(); message.type !== 'stop'; message = nextMessage()) answer(message);
port.close();

function answer(message: ToWorker): void {
  if (message.type === 'policy') port.postMessage({ type: 'policy-in-force', request: message.request });
  if (message.type === 'list-flows' && plan !== 'silent')
    port.postMessage({ type: 'flows', request: message.request, flows: [] });
  if (message.type === 'list-clients') {
    const clients = [{ address: Uint8Array.of(10, 64, 0, 2), flows: 1, ports: 1 }];
    port.postMessage({ type: 'clients', request: message.request, clients });
  }
  if (message.type === 'probe')
    port.postMessage({
      type: 'probe-reply',
      egressIndex: plan === 'who' ? settings.share.worker : message.egressIndex,
      token: message.token,
    });
  if (message.type === 'lease-gone') throw new Error('Cannot forget a lease: this is a test');
}

function nextMessage(): ToWorker {
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
    if ((waiter.wait(10_000) & WOKEN) === 0) return { type: 'stop' };
  }
}
