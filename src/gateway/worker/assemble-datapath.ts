/**
 * Puts a worker's datapath together from its settings, without any device: translator, gatekeeper, probes and the mailbox
 * that feeds them. Time is handed in.
 */
import { EgressHealth } from '../../egress/egress-health.ts';
import { EgressInventory } from '../../egress/egress-inventory.ts';
import { ClientLimits } from '../../nat/client-limits.ts';
import type { FlowEnd } from '../../nat/flow-end.ts';
import { Ipv4Identifications } from '../../nat/ipv4-identifications.ts';
import { NatUse } from '../../nat/nat-use.ts';
import { createSecureRandom } from '../../nat/random.ts';
import { RefusalWriter } from '../../nat/refusal-writer.ts';
import { DEFAULT_TIMEOUTS, lengthenBySecond } from '../../nat/timeouts.ts';
import { Translator } from '../../nat/translator.ts';
import { LeaseUse } from '../../synthetic/lease-use.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import { TokenBucket } from '../../time/token-bucket.ts';
import type { Address } from '../../wire/address.ts';
import { addressWords } from '../../wire/address-words.ts';
import { DestinationCheck } from '../datapath/admission/destination-check.ts';
import { Gatekeeper, type GatekeeperSettings } from '../datapath/admission/gatekeeper.ts';
import { LeaseBook } from '../datapath/admission/lease-book.ts';
import { RealAddressChoice } from '../datapath/admission/real-address-choice.ts';
import { VerdictBook } from '../datapath/admission/verdict-book.ts';
import { AnswerSigns } from '../datapath/answer-signs.ts';
import { Datapath } from '../datapath/datapath.ts';
import { Fragments } from '../datapath/fragments.ts';
import { WorkerCounters } from '../datapath/reports/counters.ts';
import { FlowRecorder } from '../datapath/reports/flow-recorder.ts';
import { Tracer } from '../datapath/reports/tracer.ts';
import { Strays } from '../datapath/strays.ts';
import { ProbeSender } from '../datapath/uplink/probe-sender.ts';
import type { UplinkPort } from '../datapath/uplink/uplink-port.ts';
import { HandoverSender } from './handover.ts';
import { Mailbox } from './mailbox.ts';
import { PolicyLoader } from './policy-loader.ts';
import type { FromWorker, WorkerSettings } from './worker-protocol.ts';

/** The gateway's own ICMP to clients: messages a second and at once (row R4). */
const ICMP_RATE = 1000;
const ICMP_BURST = 50;

export type DatapathSettings = Omit<WorkerSettings, 'wakeup' | 'tunName' | 'uplinks'>;

export interface AssembledDatapath {
  readonly datapath: Datapath;
  readonly mailbox: Mailbox;
  readonly policies: PolicyLoader;
  readonly counters: WorkerCounters;
  /** Undefined: nobody wants to know of flows. */
  readonly recorder: FlowRecorder | undefined;
  readonly tracer: Tracer;
}

/** What the parts below share. */
interface Foundation {
  readonly settings: DatapathSettings;
  readonly uplinkOf: readonly UplinkPort[];
  readonly clock: MonotonicClock;
  readonly inventory: EgressInventory;
  readonly leases: LeaseBook;
  readonly leaseUse: LeaseUse;
  readonly natUse: NatUse;
  readonly limits: ClientLimits;
  readonly counters: WorkerCounters;
  readonly verdicts: VerdictBook;
  readonly post: (message: FromWorker) => void;
}

/** Throws RangeError when an egress address leaves by an uplink that is not there. */
export function assembleDatapath(
  settings: DatapathSettings,
  uplinks: readonly UplinkPort[],
  clock: MonotonicClock,
): AssembledDatapath {
  const base = layFoundation(settings, uplinks, clock);
  const { leases, leaseUse, natUse, counters, verdicts, post } = base;
  const { translator, recorder } = makeTranslation(base);
  const probes = makeProbeSender(base, translator);
  const tracer = makeTracer(base, translator);
  const mailbox = new Mailbox({
    port: settings.port,
    leases,
    verdicts,
    translator,
    clientLimits: base.limits,
    probes,
    post,
    clock,
  });
  const realAddresses = new RealAddressChoice();
  const { openMappings } = translator;
  const gatekeeper = makeGatekeeper(base, { realAddresses, openMappings }, () => mailbox.fetch(clock()));
  const policies = makePolicyLoader(base, gatekeeper);
  mailbox.onTrace = (trace) => tracer.use(trace);
  mailbox.onPolicy = (request, policy) => policies.load(request, policy);
  mailbox.onGeolocation = (geolocation) => {
    gatekeeper.geolocation = geolocation;
  };
  const datapath = new Datapath({
    ...makePlainParts(base),
    gatekeeper,
    translator,
    signs: new AnswerSigns(translator, realAddresses),
    counters,
    uplinks,
    onOpen: (lease, id) => {
      natUse.openFlow(translator.flows.words, id);
      if (lease !== -1) leaseUse.open(lease, clock());
      if (settings.flowLog?.starts === true) recorder?.record(id, 'start');
    },
    strays: makeStrays(settings, probes),
    tracer,
  });
  return { datapath, mailbox, policies, counters, recorder, tracer };
}

function layFoundation(
  settings: DatapathSettings,
  uplinks: readonly UplinkPort[],
  clock: MonotonicClock,
): Foundation {
  const inventory = new EgressInventory(settings.egress);
  return {
    settings,
    uplinkOf: inventory.addresses.map(({ uplink }) => findUplink(uplinks, uplink)),
    clock,
    inventory,
    leases: new LeaseBook(),
    leaseUse: new LeaseUse(settings.leaseUse),
    natUse: new NatUse(settings.natUse, inventory.addresses.length, settings.share.worker),
    limits: new ClientLimits(settings.clientLimits),
    counters: new WorkerCounters(settings.counters),
    verdicts: new VerdictBook(),
    post: (message) => settings.port.postMessage(message),
  };
}

/** The translator tells the recorder which flows end, and the recorder reads them from the translator. */
function makeTranslation(base: Foundation): {
  readonly translator: Translator;
  readonly recorder: FlowRecorder | undefined;
} {
  let recorder: FlowRecorder | undefined;
  const translator = makeTranslator(base, (id, end) => recorder?.record(id, end));
  recorder = makeRecorder(base, translator);
  return { translator, recorder };
}

function makeTracer({ leases, verdicts, clock, post }: Foundation, { flows }: Translator): Tracer {
  return new Tracer({
    flows,
    leases,
    verdicts,
    post: (batch) => post({ type: 'trace', batch }),
    wallClock: Date.now,
    clock,
  });
}

function makePolicyLoader(
  { inventory, verdicts, clock, post }: Foundation,
  gatekeeper: Gatekeeper,
): PolicyLoader {
  return new PolicyLoader({
    inventory,
    verdicts,
    clock,
    onPolicy: (policy, requests) => {
      gatekeeper.policy = policy;
      for (const request of requests) post({ type: 'policy-in-force', request });
    },
  });
}

/** Those that know no other part. */
function makePlainParts({ settings, uplinkOf, clock }: Foundation) {
  const { share, clientMtu, router4, router6 } = settings;
  return {
    uplinkOf,
    clientMtu,
    fragments: new Fragments(createSecureRandom()),
    identifications: new Ipv4Identifications(createSecureRandom(), share),
    refusals: new RefusalWriter({ 4: wordsOf(router4), 6: wordsOf(router6) }),
    icmpLimit: new TokenBucket(ICMP_RATE / share.workers, ICMP_BURST, clock()),
  };
}

function findUplink(uplinks: readonly UplinkPort[], name: string): UplinkPort {
  const uplink = uplinks.find(({ settings }) => settings.name === name);
  if (uplink === undefined) throw new RangeError(`Cannot use uplink ${name}: there is none of this name`);
  return uplink;
}

function makeTranslator(
  { settings, clock, leaseUse, natUse, limits }: Foundation,
  onEnd: (id: number, end: FlowEnd) => void,
): Translator {
  const translator = new Translator({
    capacity: settings.flowCapacity,
    now: Math.floor(clock() / 1000),
    timeouts: lengthenBySecond(DEFAULT_TIMEOUTS),
    random: createSecureRandom(),
    limits,
    use: natUse,
    onClose: (lease, id, end) => {
      natUse.closeFlow(translator.flows.words, id);
      if (lease !== -1) leaseUse.close(lease, clock());
      onEnd(id, end);
    },
  });
  for (const [index, ranges] of settings.natPorts.entries())
    translator.ports.restrict(index, ranges, settings.share);
  return translator;
}

function makeRecorder(
  { settings, leases, verdicts, counters, clock, post }: Foundation,
  { flows }: Translator,
): FlowRecorder | undefined {
  const { flowLog } = settings;
  if (flowLog === undefined) return undefined;
  return new FlowRecorder({
    flows,
    verdicts,
    leases,
    post: (batch) => post({ type: 'flow-events', batch }),
    underWay: flowLog.underWay,
    onLost: () => counters.add('flowEventsLost'),
    wallClock: Date.now,
    clock,
  });
}

function makeProbeSender(
  { settings, inventory, uplinkOf, post }: Foundation,
  { ports }: Translator,
): ProbeSender {
  const { secret, taken } = settings;
  return new ProbeSender({
    inventory,
    uplinkOf,
    drawPort: (egressIndex) => ports.draw(egressIndex),
    secret,
    taken,
    onReply: (egressIndex, token) => post({ type: 'probe-reply', egressIndex, token }),
  });
}

function makeStrays({ share, handover }: DatapathSettings, probes: ProbeSender): Strays {
  const sender = new HandoverSender(handover.outgoing);
  return new Strays({
    share,
    handOver: (worker, packet) => sender.send(worker, packet),
    isProbeAnswer: (packet, nowMs) => probes.receive(packet, nowMs),
  });
}

function makeGatekeeper(
  { settings, inventory, uplinkOf, leases, limits }: Foundation,
  { realAddresses, openMappings }: Pick<GatekeeperSettings, 'realAddresses' | 'openMappings'>,
  refresh: () => boolean,
): Gatekeeper {
  const { destinations, hostAddresses, router4, router6, secret, taken } = settings;
  return new Gatekeeper({
    clients: destinations.clients,
    hostAddresses: [...hostAddresses, ...[router4, router6].filter((address) => address !== undefined)],
    synthetic: destinations.synthetic,
    destinations: new DestinationCheck(destinations),
    surroundings: { inventory, health: new EgressHealth(settings.health), secret, taken },
    uplinkOf,
    leases,
    realAddresses,
    openMappings,
    limits,
    refresh,
    wallClock: Date.now,
  });
}

function wordsOf(address: Address | undefined): Uint32Array {
  return address === undefined ? new Uint32Array(4) : addressWords(address);
}
