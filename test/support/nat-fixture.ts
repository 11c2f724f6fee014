/**
 * A translator with packets as byte arrays: `send` is a client's packet on its way out, `receive` one from the internet.
 * Both answer with the rewritten copy or the drop reason. What the gatekeeper would decide is given as text.
 */
import { type ClientLimitSettings, ClientLimits } from '../../src/nat/client-limits.ts';
import { NatUse } from '../../src/nat/nat-use.ts';
import { createSecureRandom, type RandomBelow } from '../../src/nat/random.ts';
import { DEFAULT_TIMEOUTS, type Timeouts } from '../../src/nat/timeouts.ts';
import { Translator } from '../../src/nat/translator.ts';
import { PacketView } from '../../src/wire/packet-view.ts';
import { addressWords } from './address-text.ts';

/** The same story in both families. */
export const STORY = {
  4: {
    client: '10.64.0.2',
    neighbour: '10.64.0.3',
    inner: '100.80.1.2',
    otherInner: '100.80.7.9',
    remote: '198.51.100.10',
    otherRemote: '198.51.100.77',
    egress: '203.0.113.5',
    otherEgress: '203.0.113.99',
    router: '192.0.2.254',
  },
  6: {
    client: 'fd00:64::2',
    neighbour: 'fd00:64::3',
    inner: '2606:4700:cf1:4000::1234:2',
    otherInner: '2606:4700:cf1:4000::9abc:9',
    remote: '2001:db8:9::10',
    otherRemote: '2001:db8:9::77',
    egress: '2001:db8:e::5',
    otherEgress: '2001:db8:e::99',
    router: '2001:db8:ffff::fe',
  },
} as const;

/** More than any test needs that is not about them. */
export const AMPLE_LIMITS: ClientLimitSettings = {
  flows: 1_000_000,
  ports: 200_000,
  flowRate: 1_000_000,
  flowBurst: 1_000_000,
};

export interface Route {
  readonly remote: string;
  readonly egress: string;
  readonly egressIndex?: number;
  readonly lease?: number;
  readonly partial?: boolean;
  /** Whether anybody may send to the mapping. */
  readonly isOpen?: boolean;
  /** Whether a new mapping keeps the client's port if it can. */
  readonly keepsPort?: boolean;
}

/** Egress addresses that routes may name by their index. */
const ADDRESSES = 2;

export interface NatFixture {
  readonly translator: Translator;
  /** Of ports alone: flows are counted by the translator's host. */
  readonly use: NatUse;
  /** Lease slots of flows that have ended, in order. */
  readonly closed: number[];
  /** Opens a flow along `route` if there is none yet. */
  send(packet: Uint8Array, route: Route): Uint8Array | string;
  receive(packet: Uint8Array, partial?: boolean): Uint8Array | string;
  sendError(packet: Uint8Array): Uint8Array | string;
  /** `isInside`: whether the source is an address of this side. */
  receiveError(packet: Uint8Array, isInside?: () => boolean): Uint8Array | string;
  /** The flow of a client's packet, or -1. */
  flowOf(packet: Uint8Array): number;
}

export function createNat(
  options: {
    capacity?: number;
    timeouts?: Partial<Timeouts>;
    random?: RandomBelow;
    limits?: Partial<ClientLimitSettings>;
  } = {},
): NatFixture {
  const closed: number[] = [];
  const use = NatUse.create(ADDRESSES);
  const translator = new Translator({
    capacity: options.capacity ?? 64,
    now: 0,
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    random: options.random ?? createSecureRandom(),
    limits: new ClientLimits({ ...AMPLE_LIMITS, ...options.limits }),
    use,
    onClose: (lease) => closed.push(lease),
  });
  return {
    translator,
    use,
    closed,
    send: (packet, route) =>
      rewrite(packet, (view) => {
        const known = translator.findInside(view);
        const id = known === -1 ? translator.open(view, planOf(route)) : known;
        if (typeof id === 'number') translator.outbound(id, view, route.partial ?? false);
        return id;
      }),
    receive: (packet, partial = false) =>
      rewrite(packet, (view) => {
        const id = translator.flows.findOutside(view);
        if (id === -1) return 'no-flow-outside';
        translator.inbound(id, view, partial);
        return id;
      }),
    sendError: (packet) => rewrite(packet, (view) => translator.outboundError(view)),
    receiveError: (packet, isInside = () => false) =>
      rewrite(packet, (view) => translator.inboundError(view, isInside)),
    flowOf: (packet) => {
      const view = new PacketView(dataView(packet));
      view.decode(0, packet.length);
      return translator.flows.findInside(view);
    },
  };
}

/** The plan for a new flow along a route. */
export function planOf({
  remote,
  egress,
  egressIndex = 0,
  lease = -1,
  isOpen = false,
  keepsPort = false,
}: Route) {
  const outside = new Uint32Array(8);
  outside.set(addressWords(remote), 0);
  outside.set(addressWords(egress), 4);
  return { outside, egressIndex, hop: 0, lease, verdict: 0, isOpen, keepsPort, port: -1 };
}

/** A decoded view over its own copy of a packet; throws when the packet is refused. */
export function decoded(packet: Uint8Array): PacketView {
  const view = new PacketView(dataView(packet.slice()));
  const refused = view.decode(0, packet.length);
  if (refused !== undefined) throw new Error(`Cannot decode packet: ${refused}`);
  return view;
}

/** The result of a call that must have rewritten its packet. */
export function bytesOf(result: Uint8Array | string): Uint8Array {
  if (typeof result === 'string') throw new Error(`Cannot go on: packet dropped, ${result}`);
  return result;
}

function rewrite(packet: Uint8Array, step: (view: PacketView) => number | string): Uint8Array | string {
  // Head-room and a tail, as in a batch's slot: offsets that forget where the packet begins are found out.
  const slot = new Uint8Array(24 + packet.length + 8).fill(0xee);
  slot.set(packet, 24);
  const view = new PacketView(new DataView(slot.buffer));
  const refused = view.decode(24, packet.length);
  if (refused !== undefined) return refused;
  const result = step(view);
  if (typeof result === 'string') return result;
  const untouched = [...slot.subarray(0, 24), ...slot.subarray(24 + packet.length)];
  if (untouched.some((byte) => byte !== 0xee)) throw new Error('Cannot rewrite packet: wrote outside of it');
  return slot.slice(24, 24 + packet.length);
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
