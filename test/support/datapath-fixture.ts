/**
 * A worker's datapath as the gateway assembles it, without devices: packets as byte arrays in and out, messages over a real
 * port as the control thread posts them, and a clock that tests turn. Two uplinks, one of them with both families.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { LinkHeaders } from '../../src/device/link-headers.ts';
import { PacketBatch, type SendList } from '../../src/device/packet-batch.ts';
import { EgressHealth } from '../../src/egress/egress-health.ts';
import type { EgressSettings } from '../../src/egress/egress-inventory.ts';
import { WorkerCounters } from '../../src/gateway/datapath/reports/counters.ts';
import type { HandedPacket } from '../../src/gateway/datapath/strays.ts';
import { restorePacket } from '../../src/gateway/datapath/uplink/pending-packets.ts';
import { UplinkPort } from '../../src/gateway/datapath/uplink/uplink-port.ts';
import { type AssembledDatapath, assembleDatapath } from '../../src/gateway/worker/assemble-datapath.ts';
import { type Handover, NO_HANDOVER } from '../../src/gateway/worker/handover.ts';
import type { FlowLogSettings, FromWorker, ToWorker } from '../../src/gateway/worker/worker-protocol.ts';
import type { ClientLimitSettings } from '../../src/nat/client-limits.ts';
import { NatUse } from '../../src/nat/nat-use.ts';
import { LeaseUse } from '../../src/synthetic/lease-use.ts';
import { EVERY_PORT, type PortShare } from '../../src/wire/port-share.ts';
import { addressBytes } from './address-text.ts';
import { AMPLE_LIMITS } from './nat-fixture.ts';
import { answerNeighbour, macText } from './neighbour-frames.ts';
import { makeLease, makePolicy, prefixOf, type RuleText, syntheticOf } from './policy-fixture.ts';

export const MAC = { wan: '02:00:00:00:00:01', spare: '02:00:00:00:00:02' } as const;
export type UplinkName = keyof typeof MAC;
/** Who is on each uplink's link, and the MAC it has. */
export const NEXT_HOPS = {
  wan: ['203.0.113.254', '2001:db8:9::fe'],
  spare: ['198.51.100.254'],
} as const;
export const NEXT_HOP_MAC = '02:aa:00:00:00:fe';

/** In the order of the inventory. */
export const EGRESS = [
  '203.0.113.9',
  '203.0.113.10',
  '198.51.100.1',
  '198.51.100.20',
  '2001:db8:9::/64',
  '2001:db8:1::1/128',
  '2001:db8:1::2/128',
] as const;
const UPLINK_OF: readonly UplinkName[] = ['wan', 'wan', 'wan', 'spare', 'wan', 'wan', 'wan'];

export const EGRESS_SETTINGS: EgressSettings = {
  addresses: EGRESS.map((text, index) => ({
    prefix: prefixOf(text),
    uplink: UPLINK_OF[index] ?? 'wan',
    location: undefined,
  })),
  defaultIpv4: addressBytes('198.51.100.1'),
  defaultIpv6: prefixOf('2001:db8:1::1/128'),
};

/** The kernel's own addresses on the links. */
export const HOST_ADDRESSES = ['203.0.113.2', '2001:db8:9::2'] as const;
export const ROUTERS = { 4: '100.80.0.1', 6: '2606:4700:cf1:4000::1' } as const;
export const SECRET = new Uint8Array(32).fill(7);

export const DESTINATIONS = {
  own: [...EGRESS, ...HOST_ADDRESSES].map(prefixOf),
  clients: ['10.64.0.0/24', 'fd00:64::/64'].map(prefixOf),
  synthetic: ['100.80.0.0/16', '2606:4700:cf1:4000::/64'].map(prefixOf),
  forbidden: ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', 'fc00::/7'].map(prefixOf),
  allowed: ['10.9.0.0/16'].map(prefixOf),
};

/** A packet that left on an uplink. */
export interface SentFrame {
  readonly packet: Uint8Array;
  readonly vnet: Uint8Array;
  readonly destination: string;
  readonly source: string;
  readonly etherType: number;
}

/** What became of a batch. */
export interface Outcome {
  readonly wan: readonly SentFrame[];
  readonly spare: readonly SentFrame[];
  /** What goes to the TUN. */
  readonly clients: readonly Uint8Array[];
  readonly clientVnets: readonly Uint8Array[];
}

export interface FixtureOptions {
  /** Undefined: none is posted. */
  readonly rules?: readonly RuleText[] | undefined;
  readonly flowCapacity?: number;
  /** Bytes; of both uplinks. */
  readonly mtu?: number;
  /** Bytes; of the TUN. */
  readonly clientMtu?: number;
  readonly clientLimits?: Partial<ClientLimitSettings>;
  /** Default: the next hops have answered before the first packet. */
  readonly areNextHopsKnown?: boolean;
  /** Default: a worker without others. */
  readonly share?: PortShare;
  readonly handover?: Handover;
  /** Default: nothing is told of flows. */
  readonly flowLog?: FlowLogSettings;
}

const PACKET_BYTES_FILL = 0xee;

export class DatapathFixture {
  nowMs = 1_000_000;
  readonly health = EgressHealth.create(EGRESS.length);
  readonly leaseUse = new LeaseUse(65_536);
  readonly natUse = NatUse.create(EGRESS.length);
  readonly counters = new WorkerCounters();
  readonly uplinks: Readonly<Record<UplinkName, UplinkPort>>;
  readonly assembled: AssembledDatapath;
  readonly batch = new PacketBatch();
  readonly #headers = { wan: new LinkHeaders(), spare: new LinkHeaders() };
  readonly #port: MessagePort;

  constructor({
    rules,
    flowCapacity = 256,
    mtu = 1500,
    clientMtu = 1500,
    clientLimits = {},
    areNextHopsKnown = true,
    share = EVERY_PORT,
    handover = NO_HANDOVER,
    flowLog,
  }: FixtureOptions = {}) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.uplinks = { wan: this.#makeUplink('wan', mtu), spare: this.#makeUplink('spare', mtu) };
    this.assembled = assembleDatapath(
      {
        port: port2,
        share,
        handover,
        clientMtu,
        hostAddresses: [addressBytes('10.64.0.1'), addressBytes('fd00:64::1')],
        router4: addressBytes(ROUTERS[4]),
        router6: addressBytes(ROUTERS[6]),
        egress: EGRESS_SETTINGS,
        natPorts: EGRESS.map(() => [[1024, 65_535]]),
        destinations: DESTINATIONS,
        taken: [...HOST_ADDRESSES, '2001:db8:9::fe'].map(addressBytes),
        secret: SECRET,
        flowCapacity,
        clientLimits: { ...AMPLE_LIMITS, ...clientLimits },
        counters: this.counters.buffer,
        health: this.health.buffer,
        leaseUse: this.leaseUse.buffer,
        natUse: this.natUse.buffer,
        flowLog,
      },
      Object.values(this.uplinks),
      () => this.nowMs,
    );
    if (rules !== undefined) this.setPolicy(rules);
    if (areNextHopsKnown) this.answerNextHops();
  }

  get datapath() {
    return this.assembled.datapath;
  }

  /** Posts as the control thread does; the worker takes it at the next `fetch` or when it cannot go on without. */
  post(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  fetch(): void {
    this.assembled.mailbox.fetch(this.nowMs);
    // Time stands still meanwhile, so a new policy is made in one go.
    this.assembled.policies.advance();
  }

  setPolicy(rules: readonly RuleText[]): void {
    this.post({ type: 'policy', request: 0, policy: makePolicy(rules) });
    this.fetch();
  }

  /** Another name, with the synthetic addresses of `syntheticOf`. */
  putLease(slot: number, hostname: string, real: Parameters<typeof makeLease>[2]): void {
    this.post({ type: 'lease', lease: makeLease(slot, hostname, real) });
    this.fetch();
  }

  syntheticOf(slot: number, family: 4 | 6): string {
    return syntheticOf(slot, family);
  }

  /** What the worker has posted, but for that it has taken a policy. */
  posted(): FromWorker[] {
    const messages: FromWorker[] = [];
    for (
      let next = receiveMessageOnPort(this.#port);
      next !== undefined;
      next = receiveMessageOnPort(this.#port)
    )
      messages.push(next.message);
    return messages.filter(({ type }) => type !== 'policy-in-force');
  }

  /** A batch of clients' packets, each with its virtio-net header if it needs one. */
  send(...packets: readonly (Uint8Array | { packet: Uint8Array; vnet: Uint8Array })[]): Outcome {
    this.#fill(packets);
    this.datapath.fromClients(this.batch, this.nowMs);
    return this.#outcome();
  }

  /** A batch of frames from an uplink; the EtherType is that of the IP version unless it is said. */
  receive(
    uplink: UplinkName,
    ...packets: readonly (Uint8Array | { packet: Uint8Array; vnet?: Uint8Array; etherType?: number })[]
  ): Outcome {
    this.#fill(packets);
    for (const { outgoing } of Object.values(this.uplinks)) outgoing.clear();
    this.datapath.fromUplink(this.uplinks[uplink], this.batch, this.nowMs);
    return this.#outcome();
  }

  /** What goes to the TUN, whole and in pieces, of a packet that another worker has handed over. */
  receiveHanded(handed: HandedPacket): readonly Uint8Array[] {
    restorePacket(handed, this.batch, 0);
    this.batch.count = 1;
    const { datapath, uplinks } = this;
    datapath.fromUplink(uplinks.wan, this.batch, this.nowMs, handed.pieceBytes);
    return [...this.#outcome().clients, ...this.takePieces()];
  }

  /** Takes the pieces that clients get of packets that were too big for them. */
  takePieces(): readonly Uint8Array[] {
    const { forClients, toClients } = this.datapath.fragments;
    const pieces = [...toClients.slots.subarray(0, toClients.count)].map((slot) =>
      packetOf(forClients, slot),
    );
    toClients.clear();
    return pieces;
  }

  /** Lets time pass, and the gateway's timers with it. */
  advance(ms: number): void {
    this.nowMs += ms;
    this.datapath.advance(this.nowMs);
  }

  /** Takes the frames the gateway itself wants to send. */
  takeOwn(uplink: UplinkName): SentFrame[] {
    const { own, ownOutgoing } = this.uplinks[uplink];
    const frames = this.#read(uplink, own, ownOutgoing);
    ownOutgoing.clear();
    return frames;
  }

  /** The next hops answer what they are asked. */
  answerNextHops(): void {
    this.datapath.advance(this.nowMs);
    for (const name of ['wan', 'spare'] as const) {
      this.takeOwn(name);
      for (const hop of NEXT_HOPS[name]) this.receive(name, answerNeighbour(hop, NEXT_HOP_MAC, MAC[name]));
      this.takeOwn(name);
    }
  }

  #makeUplink(name: UplinkName, mtu: number): UplinkPort {
    const isWan = name === 'wan';
    const egress = EGRESS_SETTINGS.addresses.filter(({ uplink }) => uplink === name);
    return new UplinkPort(
      {
        name,
        interface: name,
        mtu,
        mostMss: { 4: mtu - 40, 6: mtu - 60 },
        ifindex: 2,
        isUp: true,
        carries: 'frames',
        mac: Uint8Array.from(MAC[name].split(':'), (byte) => Number.parseInt(byte, 16)),
        egress: egress.map(({ prefix }) => prefix),
        ownAddresses: isWan ? HOST_ADDRESSES.map(addressBytes) : [],
        connected: (isWan ? ['203.0.113.0/24', '2001:db8:9::/64'] : ['198.51.100.0/24']).map(prefixOf),
        nextHop4: addressBytes(NEXT_HOPS[name][0]),
        nextHop6: isWan ? addressBytes(NEXT_HOPS.wan[1]) : undefined,
        speaker4: addressBytes(isWan ? HOST_ADDRESSES[0] : '198.51.100.20'),
        speaker6: isWan ? addressBytes(HOST_ADDRESSES[1]) : undefined,
      },
      this.#headers[name],
      this.nowMs,
    );
  }

  #fill(
    packets: readonly (Uint8Array | { packet: Uint8Array; vnet?: Uint8Array; etherType?: number })[],
  ): void {
    const { batch } = this;
    for (const [slot, given] of packets.entries()) {
      const { packet, vnet, etherType } =
        given instanceof Uint8Array ? { packet: given, vnet: undefined, etherType: undefined } : given;
      const at = batch.packetAt(slot);
      batch.bytes.fill(PACKET_BYTES_FILL, at + packet.length, at + packet.length + 64);
      batch.bytes.set(packet, at);
      batch.bytes.fill(0, batch.vnetAt(slot), at);
      if (vnet !== undefined) batch.bytes.set(vnet, batch.vnetAt(slot));
      batch.lengths[slot] = packet.length;
      batch.etherTypes[slot] = etherType ?? ((packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800);
    }
    batch.count = packets.length;
  }

  #outcome(): Outcome {
    const { batch, datapath, uplinks } = this;
    const slots = [...datapath.toClients.slots.subarray(0, datapath.toClients.count)];
    return {
      wan: this.#read('wan', batch, uplinks.wan.outgoing),
      spare: this.#read('spare', batch, uplinks.spare.outgoing),
      clients: slots.map((slot) => packetOf(batch, slot)),
      clientVnets: slots.map((slot) => vnetOf(batch, slot)),
    };
  }

  #read(uplink: UplinkName, batch: PacketBatch, list: SendList): SentFrame[] {
    return Array.from({ length: list.count }, (_, position) => {
      const slot = list.slots[position] ?? 0;
      const at = (list.links[position] ?? 0) * 14;
      const header = this.#headers[uplink].bytes.slice(at, at + 14);
      return {
        packet: packetOf(batch, slot),
        vnet: vnetOf(batch, slot),
        destination: macText(header.subarray(0, 6)),
        source: macText(header.subarray(6, 12)),
        etherType: ((header[12] ?? 0) << 8) | (header[13] ?? 0),
      };
    });
  }
}

function packetOf(batch: PacketBatch, slot: number): Uint8Array {
  const at = batch.packetAt(slot);
  return batch.bytes.slice(at, at + (batch.lengths[slot] ?? 0));
}

function vnetOf(batch: PacketBatch, slot: number): Uint8Array {
  return batch.bytes.slice(batch.vnetAt(slot), batch.packetAt(slot));
}
