/** Puts a worker together from its settings: devices, translator, gatekeeper, datapath, and the loop around them. */
import { LinkHeaders } from '../../device/link-headers.ts';
import { PacketSocketDevice } from '../../device/packet-socket-device.ts';
import { TunDevice } from '../../device/tun-device.ts';
import { EgressHealth } from '../../egress/egress-health.ts';
import { EgressInventory } from '../../egress/egress-inventory.ts';
import { createSecureRandom } from '../../nat/random.ts';
import { RefusalWriter } from '../../nat/refusal-writer.ts';
import { DEFAULT_TIMEOUTS } from '../../nat/timeouts.ts';
import { Translator } from '../../nat/translator.ts';
import { LeaseUse } from '../../synthetic/lease-use.ts';
import { systemClock } from '../../time/clock.ts';
import { TokenBucket } from '../../time/token-bucket.ts';
import type { Address } from '../../wire/address.ts';
import { addressWords } from '../../wire/address-words.ts';
import { WorkerCounters } from '../datapath/counters.ts';
import { Datapath } from '../datapath/datapath.ts';
import { Gatekeeper } from '../datapath/gatekeeper.ts';
import { LeaseBook } from '../datapath/lease-book.ts';
import { ProbeSender } from '../datapath/probe-sender.ts';
import { UplinkPort } from '../datapath/uplink-port.ts';
import { VerdictBook } from '../datapath/verdict-book.ts';
import { Mailbox } from './mailbox.ts';
import { WorkerLoop } from './worker-loop.ts';
import type { FromWorker, WorkerSettings } from './worker-protocol.ts';

/** The gateway's own ICMP to clients: messages a second and at once (row R4). */
const ICMP_RATE = 1000;
const ICMP_BURST = 50;

/** Throws GatewayError when a device cannot be opened. */
export function assembleWorker(settings: WorkerSettings): WorkerLoop {
  const nowMs = systemClock();
  const random = createSecureRandom();
  const inventory = new EgressInventory(settings.egress);
  const counters = new WorkerCounters(settings.counters);
  const leaseUse = new LeaseUse(settings.leaseUse);
  const leases = new LeaseBook();
  const verdicts = new VerdictBook();
  const links = settings.uplinks.map((uplink) => openUplink(uplink, nowMs));
  const uplinks = links.map(({ uplink }) => uplink);
  const uplinkOf = inventory.addresses.map(({ uplink }) => findUplink(uplinks, uplink));
  const post = (message: FromWorker) => settings.port.postMessage(message);
  const translator = new Translator({
    capacity: settings.flowCapacity,
    now: Math.floor(nowMs / 1000),
    timeouts: DEFAULT_TIMEOUTS,
    random,
    onClose: (lease) => lease !== -1 && leaseUse.close(lease, systemClock()),
  });
  for (const [index, ranges] of settings.natPorts.entries()) translator.ports.restrict(index, ranges);
  const probes = new ProbeSender({
    inventory,
    uplinkOf,
    natPorts: settings.natPorts,
    secret: settings.secret,
    taken: settings.taken,
    random,
    onReply: (egressIndex, token) => post({ type: 'probe-reply', egressIndex, token }),
  });
  const mailbox = new Mailbox({ settings, leases, verdicts, inventory, translator, probes, post });
  const gatekeeper = new Gatekeeper({
    clients: settings.clients,
    synthetic: settings.synthetic,
    forbidden: settings.forbidden,
    allowed: settings.allowed,
    surroundings: {
      inventory,
      health: new EgressHealth(settings.health),
      secret: settings.secret,
      taken: settings.taken,
    },
    uplinkOf,
    leases,
    refresh: () => mailbox.fetch(systemClock()),
    wallClock: Date.now,
  });
  mailbox.onPolicy = (policy) => {
    gatekeeper.policy = policy;
  };
  const datapath = new Datapath({
    gatekeeper,
    translator,
    counters,
    uplinks,
    uplinkOf,
    refusals: new RefusalWriter({ 4: wordsOf(settings.router4), 6: wordsOf(settings.router6) }),
    icmpLimit: new TokenBucket(ICMP_RATE, ICMP_BURST, nowMs),
    onOpen: (lease) => lease !== -1 && leaseUse.open(lease, systemClock()),
    onUnexpected: (packet, now) => probes.receive(packet, now),
  });
  const tun = TunDevice.open({ name: settings.tunName, persist: true });
  return new WorkerLoop({ datapath, counters, tun, links, mailbox, wakeup: settings.wakeup });
}

function openUplink(settings: WorkerSettings['uplinks'][number], nowMs: number) {
  const linkHeaders = new LinkHeaders();
  const device = PacketSocketDevice.open({ interfaceName: settings.interface, linkHeaders });
  return { device, uplink: new UplinkPort(settings, linkHeaders, nowMs) };
}

function findUplink(uplinks: readonly UplinkPort[], name: string): UplinkPort {
  const uplink = uplinks.find(({ settings }) => settings.name === name);
  if (uplink === undefined) throw new RangeError(`Cannot use uplink ${name}: there is none of this name`);
  return uplink;
}

function wordsOf(address: Address | undefined): Uint32Array {
  return address === undefined ? new Uint32Array(4) : addressWords(address);
}
