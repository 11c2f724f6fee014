/**
 * Receive, carry, send, again: one batch from each device that has packets, then the next wait. A TUN or an uplink that
 * takes nothing more costs packets and is counted; it never holds the others up (FL-43).
 */

import type { LinkHeaders } from '../../device/link-headers.ts';
import { PacketBatch, type SendList } from '../../device/packet-batch.ts';
import { PacketSocketDevice } from '../../device/packet-socket-device.ts';
import type { SendFailures } from '../../device/send-failures.ts';
import type { TunDevice } from '../../device/tun-device.ts';
import { Waiter, WOKEN } from '../../device/waiter.ts';
import { systemClock } from '../../time/clock.ts';
import type { PortShare } from '../../wire/port-share.ts';
import type { WorkerCounters } from '../datapath/counters.ts';
import type { Datapath } from '../datapath/datapath.ts';
import type { FlowRecorder } from '../datapath/flow-recorder.ts';
import { restorePacket } from '../datapath/pending-packets.ts';
import type { Tracer } from '../datapath/tracer.ts';
import type { UplinkPort, UplinkSettings } from '../datapath/uplink-port.ts';
import type { HandoverReceiver } from './handover.ts';
import type { Mailbox } from './mailbox.ts';
import type { PolicyLoader } from './policy-loader.ts';

/** Timers and neighbour questions are looked at this often at least. */
const TICK_MS = 250;

export interface UplinkLink {
  /** Replaced when the interface is another one under the same name. */
  device: PacketSocketDevice;
  readonly linkHeaders: LinkHeaders;
  readonly uplink: UplinkPort;
}

export interface WorkerLoopParts {
  readonly datapath: Datapath;
  readonly counters: WorkerCounters;
  readonly tun: TunDevice;
  readonly links: readonly UplinkLink[];
  readonly mailbox: Mailbox;
  readonly policies: PolicyLoader;
  readonly share: PortShare;
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

  /** Returns when the control thread says stop; the TUN stays, and takes packets nowhere. */
  run(): void {
    const { tun, links, mailbox, policies, wakeup } = this.#parts;
    const sources = links.map((link) => ({
      get descriptor() {
        return link.device.descriptor;
      },
    }));
    const waiter = new Waiter([tun, ...sources], wakeup);
    mailbox.onUplink = (settings) => this.#updateUplink(settings);
    for (const { uplink } of links) uplink.announce();
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
    }
    this.#close();
  }

  /** An interface that was deleted and made again needs a new socket; every other change is the port's own business. */
  #updateUplink(settings: UplinkSettings): void {
    const link = this.#parts.links.find(({ uplink }) => uplink.settings.name === settings.name);
    if (link === undefined) return;
    const isReplaced = settings.ifindex !== link.uplink.settings.ifindex;
    if (isReplaced || link.device.descriptor === -1) {
      link.device.close();
      link.device = PacketSocketDevice.open({
        interfaceName: settings.interface,
        linkHeaders: link.linkHeaders,
        share: this.#parts.share,
      });
    }
    link.uplink.update(settings, systemClock());
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
      const { uplink: name, cameInPieces } = packet;
      const link = links.find(({ uplink }) => uplink.settings.name === name);
      if (link === undefined) continue;
      restorePacket(packet, this.#handed, 0);
      this.#handed.count = 1;
      datapath.fromUplink(link.uplink, this.#handed, systemClock(), cameInPieces);
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
    this.#tickedMs = isBehind ? Number.NEGATIVE_INFINITY : nowMs;
    this.#sendOwnFrames();
  }

  /** Sends replies to neighbours, questions, probes, and packets in pieces. */
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

  #send(
    device: { send(batch: PacketBatch, list: SendList): number; readonly failures: SendFailures },
    batch: PacketBatch,
    list: SendList,
  ): void {
    if (list.count === 0 || device.send(batch, list) === list.count) return;
    const { counters } = this.#parts;
    for (let position = 0; position < list.count; position++) {
      if (device.failures.failed(position)) counters.drop(device.failures.reason(position));
    }
  }

  #close(): void {
    this.#parts.recorder?.stop();
    this.#parts.tun.close();
    for (const { device } of this.#parts.links) device.close();
  }
}
