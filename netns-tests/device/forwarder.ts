/**
 * A child of device.test.ts, run inside a gateway's namespace: carries packets unchanged between a TUN and an uplink
 * until a line comes on standard input, then prints what it saw. Its one argument is a `Task` in JSON. The main thread
 * wakes the worker, as the gateway does.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

import { LinkHeaders } from '../../src/device/link-headers.ts';
import { PacketSocketDevice } from '../../src/device/packet-socket-device.ts';
import { TunDevice } from '../../src/device/tun-device.ts';
import { Waiter, Wakeup, WOKEN } from '../../src/device/waiter.ts';
import { parseMac } from '../../src/wire/mac-address.ts';
import { Carrier, type Traffic } from './carrier.ts';

export interface Task {
  readonly tun: string;
  readonly persist: boolean;
  readonly uplink: string;
  readonly uplinkMac: string;
  readonly peerMac: string;
}

export interface ForwarderReport {
  readonly up: Traffic;
  readonly down: Traffic;
  readonly waits: number;
  /** Whether the uplink was still there at the end. */
  readonly uplinkThere: boolean;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

if (isMainThread) supervise();
else forward(workerData.task, workerData.wakeup);

function supervise(): void {
  const wakeup = new Wakeup();
  const task: Task = JSON.parse(process.argv[2] ?? '');
  new Worker(new URL(import.meta.url), { workerData: { task, wakeup: wakeup.descriptor } });
  process.stdin.once('data', () => {
    wakeup.wake();
    process.stdin.destroy();
  });
}

function forward(task: Task, wakeup: number): void {
  const linkHeaders = new LinkHeaders();
  const peer = parseMac(task.peerMac) ?? new Uint8Array();
  const own = parseMac(task.uplinkMac) ?? new Uint8Array();
  const links = new Map([IPV4, IPV6].map((etherType) => [etherType, linkHeaders.add(peer, own, etherType)]));
  const tun = TunDevice.open({ name: task.tun, persist: task.persist });
  const uplink = PacketSocketDevice.open({ interfaceName: task.uplink, linkHeaders });
  const up = new Carrier(links);
  const down = new Carrier(links);
  const waiter = new Waiter([tun, uplink], wakeup);
  process.stdout.write('ready\n');
  let waits = 0;
  for (let ready = 0; (ready & WOKEN) === 0; waits++) {
    ready = waiter.wait(-1);
    if (ready & 1) up.carry(tun, uplink);
    if (ready & 2) down.carry(uplink, tun);
  }
  const report: ForwarderReport = {
    up: up.seen,
    down: down.seen,
    waits,
    uplinkThere: uplink.descriptor >= 0,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const device of [tun, uplink]) device.close();
}
