/**
 * A child of device.test.ts, run inside the gateway's namespace: carries packets between a TUN and a packet socket
 * unchanged, until SIGTERM comes as a line on standard input; then prints what it saw as one JSON line.
 *
 *   forwarder.ts TUN UPLINK PEER_MAC
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

import { LinkHeaders } from '../../src/device/link-headers.ts';
import { PacketBatch, SendList } from '../../src/device/packet-batch.ts';
import type { PacketDevice } from '../../src/device/packet-device.ts';
import { PacketSocketDevice } from '../../src/device/packet-socket-device.ts';
import { TunDevice } from '../../src/device/tun-device.ts';
import { Waiter, Wakeup, WOKEN } from '../../src/device/waiter.ts';

interface Task {
  readonly tun: string;
  readonly uplink: string;
  readonly peerMac: string;
  readonly wakeup: number;
}

const GSO_TYPE = 1;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

class Carrier {
  readonly seen = { packets: 0, superPackets: 0, longest: 0, lost: 0, refused: 0, calls: 0 };
  readonly #batch = new PacketBatch();
  readonly #list = new SendList();

  carry(from: PacketDevice, to: TunDevice | PacketSocketDevice, linkOf: (etherType: number) => number): void {
    const { seen } = this;
    const batch = this.#batch;
    const list = this.#list;
    while (from.receive(batch) > 0) {
      list.clear();
      seen.calls++;
      for (let slot = 0; slot < batch.count; slot++) {
        const etherType = batch.etherTypes[slot] ?? 0;
        if (etherType !== IPV4 && etherType !== IPV6) continue;
        if (batch.bytes[batch.vnetAt(slot) + GSO_TYPE] !== 0) seen.superPackets++;
        seen.longest = Math.max(seen.longest, batch.lengths[slot] ?? 0);
        list.push(slot, linkOf(etherType));
      }
      seen.packets += list.count;
      const sent = to.send(batch, list);
      seen.lost += list.count - sent;
      for (let i = 0; sent < list.count && i < list.count; i++)
        if (to.failures.failed(i) && to.failures.reason(i) === 'guard-refused') seen.refused++;
      if (batch.count < batch.capacity) return;
    }
  }
}

if (isMainThread) supervise();
else forward(workerData);

function supervise(): void {
  const [tun = '', uplink = '', peerMac = ''] = process.argv.slice(2);
  const wakeup = new Wakeup();
  const task: Task = { tun, uplink, peerMac, wakeup: wakeup.descriptor };
  new Worker(new URL(import.meta.url), { workerData: task });
  process.stdin.once('data', () => wakeup.wake());
}

function forward({ tun: tunName, uplink, peerMac, wakeup }: Task): void {
  const linkHeaders = new LinkHeaders();
  const peer = Buffer.from(peerMac.replaceAll(':', ''), 'hex');
  const own = Buffer.from('020000000001', 'hex');
  const link4 = linkHeaders.add(peer, own, IPV4);
  const link6 = linkHeaders.add(peer, own, IPV6);
  const tun = TunDevice.open({ name: tunName });
  const socket = PacketSocketDevice.open({ interfaceName: uplink, linkHeaders });
  const waiter = new Waiter([tun, socket], wakeup);
  const up = new Carrier();
  const down = new Carrier();
  process.stdout.write('ready\n');
  for (;;) {
    const ready = waiter.wait(-1);
    if (ready & WOKEN) break;
    if (ready & 1) up.carry(tun, socket, (etherType) => (etherType === IPV4 ? link4 : link6));
    if (ready & 2) down.carry(socket, tun, () => 0);
  }
  process.stdout.write(`${JSON.stringify({ up: up.seen, down: down.seen, offloads: tun.offloads })}\n`);
  tun.close();
  socket.close();
  process.stdin.destroy();
}
