/** A thread for the tests of WorkerThread: its `plan` tells how it begins, and what is posted to it how it goes on. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Waiter } from '../../src/device/waiter.ts';
import type { ThreadSettings } from '../../src/gateway/worker-thread.ts';
import { GatewayError } from '../../src/report/errors.ts';

/** To `echo` it says the types of all messages it found when it woke up. */
export type ToStub = { readonly type: 'echo' | 'throw' | 'leave' };
export type FromStub = { readonly type: 'heard'; readonly types: readonly string[] };
export type StubPlan = 'begin' | 'refuse' | 'leave';

const settings: ThreadSettings & { readonly plan: StubPlan } = workerData;
const { port, plan } = settings;
if (plan === 'refuse') throw new GatewayError('EDEVICE', 'Cannot open tun0: it is busy');
if (plan === 'leave') process.exit(7);
port.postMessage({ type: 'ready' });
const waiter = new Waiter([], settings.wakeup);
while (obey(takeMail())) waiter.wait(10_000);
port.close();

function takeMail(): string[] {
  const types: string[] = [];
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) return types;
    types.push(received.message.type);
  }
}

/** False when the thread is to end. */
function obey(types: readonly string[]): boolean {
  if (types.includes('stop')) return false;
  if (types.includes('throw')) throw new Error('Cannot go on: this is a test');
  if (types.includes('leave')) process.exit(3);
  if (types.length > 0) port.postMessage({ type: 'heard', types } satisfies FromStub);
  return true;
}
