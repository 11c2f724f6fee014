/**
 * The receive, process, send loop: one batch from each device that has packets, then the next wait. A TUN or uplink that
 * accepts no more costs packets, which are counted; it never holds the others up (FL-43).
 */

import { PacketBatch, type SendList } from '../../device/packet-batch.ts';
import type { PacketDevice } from '../../device/packet-device.ts';
import type { TunDevice } from '../../device/tun-device.ts';
import { Waiter, WOKEN } from '../../device/waiter.ts';
import { GatewayError } from '../../report/errors.ts';
import { systemClock } from '../../time/clock.ts';
import type { Datapath } from '../datapath/datapath.ts';
import type { WorkerCounters } from '../datapath/reports/counters.ts';
import type { FlowRecorder } from '../datapath/reports/flow-recorder.ts';
import type { Tracer } from '../datapath/reports/tracer.ts';
import { restorePacket } from '../datapath/uplink/pending-packets.ts';
import type { UplinkSettings } from '../datapath/uplink/uplink-port.ts';
import type { HandoverReceiver } from './handover.ts';
import type { Mailbox } from './mailbox.ts';
import type { PolicyLoader } from './policy-loader.ts';
import type { UplinkLink } from './uplink-link.ts';

/** Timers and due solicitations are checked at least this often. */
const TICK_MS = 250;

export interface WorkerLoopParts {
  readonly datapath: Datapath;
  readonly counters: WorkerCounters;
  readonly tun: TunDevice;
  readonly links: readonly UplinkLink[];
  readonly mailbox: Mailbox;
  readonly policies: PolicyLoader;
  readonly handover: HandoverReceiver;
  readonly recorder: FlowRecorder | undefined;
  readonly tracer: Tracer;
  readonly wakeup: number;
}

export class WorkerLoop {
  readonly #parts: WorkerLoopParts;
  readonly #batch = new PacketBatch();
  /** For a packet from another worker. */
  readonly #handed = new PacketBatch(1);
  #tickedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkerLoopParts) {
    this.#parts = parts;
  }

  /**
   * Returns when the control thread says stop; the TUN stays, but leads nowhere. Throws GatewayError EDEVICE when the TUN is
   * deleted: the next start of the gateway makes another one.
   */
  run(): void {
    const { links, mailbox } = this.#parts;
    mailbox.onUplink = (settings) => this.#updateUplink(settings);
    for (const { uplink } of links) uplink.announce();
    try {
      this.#carry();
    } finally {
      this.#close();
    }
  }

  #carry(): void {
    const { tun, links, mailbox, policies, wakeup } = this.#parts;
    const waiter = new Waiter([tun, ...links], wakeup);
    while (!mailbox.isStopped) {
      this.#tick();
      const hasWork = policies.isBusy || this.#tickedMs === Number.NEGATIVE_INFINITY;
      const ready = waiter.wait(hasWork ? 0 : TICK_MS);
      if ((ready & WOKEN) !== 0) {
        mailbox.fetch(systemClock());
        this.#carryFromOthers();
      }
      if ((ready & 1) !== 0) this.#carryFromClients();
      for (const [index, link] of links.entries())
        if ((ready & (2 << index)) !== 0) this.#carryFromUplink(link);
      this.#sendOwnFrames();
      policies.advance();
      if (tun.descriptor === -1)
        throw new GatewayError('EDEVICE', `Cannot go on: the TUN ${tun.name} is gone`);
    }
  }

  #updateUplink(settings: UplinkSettings): void {
    const link = this.#parts.links.find(({ uplink }) => uplink.settings.name === settings.name);
    link?.update(settings, systemClock());
  }

  #carryFromClients(): void {
    const { tun, datapath, links } = this.#parts;
    if (tun.receive(this.#batch) === 0) return;
    datapath.fromClients(this.#batch, systemClock());
    for (const { device, uplink } of links) this.#send(device, this.#batch, uplink.outgoing);
    this.#send(tun, this.#batch, datapath.toClients);
  }

  #carryFromUplink({ device, uplink }: UplinkLink): void {
    const { tun, datapath } = this.#parts;
    if (device.receive(this.#batch) === 0) return;
    datapath.fromUplink(uplink, this.#batch, systemClock());
    this.#send(tun, this.#batch, datapath.toClients);
  }

  /** Packets that the first worker got, for ports of this one. */
  #carryFromOthers(): void {
    const { tun, datapath, links, handover } = this.#parts;
    for (let packet = handover.take(); packet !== undefined; packet = handover.take()) {
      const { uplink: name, pieceBytes } = packet;
      const link = links.find(({ uplink }) => uplink.settings.name === name);
      if (link === undefined) continue;
      restorePacket(packet, this.#handed, 0);
      this.#handed.count = 1;
      datapath.fromUplink(link.uplink, this.#handed, systemClock(), pieceBytes);
      this.#send(tun, this.#handed, datapath.toClients);
      this.#sendOwnFrames();
    }
  }

  #tick(): void {
    const nowMs = systemClock();
    if (nowMs - this.#tickedMs < TICK_MS) return;
    const isBehind = this.#parts.datapath.advance(nowMs);
    this.#parts.recorder?.flush();
    this.#parts.tracer.flush();
    for (const link of this.#parts.links) link.countLost(this.#parts.counters);
    this.#tickedMs = isBehind ? Number.NEGATIVE_INFINITY : nowMs;
    this.#sendOwnFrames();
  }

  /** Sends neighbour messages, probes and fragments. */
  #sendOwnFrames(): void {
    const { links, tun, datapath } = this.#parts;
    for (const { device, uplink } of links) {
      this.#send(device, uplink.own, uplink.ownOutgoing);
      uplink.ownOutgoing.clear();
    }
    const { forClients, toClients } = datapath.fragments;
    this.#send(tun, forClients, toClients);
    toClients.clear();
  }

  #send(device: PacketDevice, batch: PacketBatch, list: SendList): void {
    if (list.count === 0 || device.send(batch, list) === list.count) return;
    const { counters } = this.#parts;
    for (let position = 0; position < list.count; position++) {
      if (device.failures.failed(position)) counters.drop(device.failures.reason(position));
    }
  }

  #close(): void {
    this.#parts.recorder?.stop();
    this.#parts.tun.close();
    for (const link of this.#parts.links) link.close();
  }
}
