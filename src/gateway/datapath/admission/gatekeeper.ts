/**
 * Decides about the first packet of a flow, synchronously, from what the worker already has: who sends it (identity of
 * the inner source address), what it means (lease of the synthetic address), how it leaves (policy, egress method,
 * healthy address, next hop).
 */
import type { GeoLocation, Geolocation } from '../../../catalog/geolocation.ts';
import { chooseEgress, type EgressSurroundings } from '../../../egress/choose-egress.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { ClientLimits } from '../../../nat/client-limits.ts';
import type { FlowPlan } from '../../../nat/flow-plan.ts';
import {
  CLIENT_AT,
  EGRESS_AT,
  LEASE,
  OUTSIDE,
  PORTS,
  REMOTE,
  ROUTE,
  VERDICT,
} from '../../../nat/flow-record.ts';
import type { Caller, OpenMappings } from '../../../nat/open-mappings.ts';
import type { DropReason } from '../../../report/drop-reason.ts';
import { type Address, formatAddress, type Prefix } from '../../../wire/address.ts';
import { readAddressWords, writeAddressWords } from '../../../wire/address-words.ts';
import type { PacketView } from '../../../wire/packet-view.ts';
import {
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REQUEST,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  protocolName,
} from '../../../wire/protocol.ts';
import { TCP_ACK, TCP_SYN } from '../../../wire/tcp.ts';
import type { UplinkPort } from '../uplink/uplink-port.ts';
import type { ActivePolicy, Verdict } from './active-policy.ts';
import type { DestinationCheck } from './destination-check.ts';
import { FlowFacts } from './flow-facts.ts';
import type { LeaseBook, LeaseFacts } from './lease-book.ts';
import { anyContains, PrefixWords } from './prefix-words.ts';
import type { RealAddressChoice } from './real-address-choice.ts';
import { packVerdict, verdictNumber } from './verdict-word.ts';

export interface GatekeeperSettings {
  /** Addresses that clients may use. */
  readonly clients: readonly Prefix[];
  /** The host's own, which no client has whatever its range. */
  readonly hostAddresses: readonly Address[];
  readonly synthetic: readonly Prefix[];
  readonly destinations: DestinationCheck;
  readonly surroundings: EgressSurroundings;
  /** The uplink of each egress address, by the address's index. */
  readonly uplinkOf: readonly UplinkPort[];
  readonly leases: LeaseBook;
  readonly realAddresses: RealAddressChoice;
  readonly limits: ClientLimits;
  readonly openMappings: Pick<OpenMappings, 'answered'>;
  /** Fetches what the control thread has posted; true when there was something. */
  readonly refresh: () => boolean;
  /** Milliseconds since 1970: identities expire by the calendar. */
  readonly wallClock: () => number;
}

/** What a refused connection's plan says of its egress. */
const UNDECIDED = { role: 'default', method: 'default' } as const;

const SYN_OR_ACK = TCP_SYN | TCP_ACK;

export class Gatekeeper {
  /** Undefined until the first policy has come: nothing is forwarded before (FL-19). */
  policy: ActivePolicy | undefined;
  /** Comes before the first policy. */
  geolocation: Geolocation | undefined;
  readonly #settings: GatekeeperSettings;
  readonly #clients: readonly PrefixWords[];
  readonly #host: readonly PrefixWords[];
  readonly #synthetic: readonly PrefixWords[];
  readonly #facts = new FlowFacts();

  constructor(settings: GatekeeperSettings) {
    this.#settings = settings;
    this.#clients = settings.clients.map((prefix) => new PrefixWords(prefix));
    this.#host = settings.hostAddresses.map(
      (address) => new PrefixWords({ address, length: address.length * 8 }),
    );
    this.#synthetic = settings.synthetic.map((prefix) => new PrefixWords(prefix));
  }

  /** Whether the packet's source is a client's (rows R5, FL-20). */
  isClient(packet: PacketView): boolean {
    const { family, addresses } = packet;
    return anyContains(this.#clients, family, addresses, 0) && !anyContains(this.#host, family, addresses, 0);
  }

  /**
   * Whether an ICMP error about a packet for a client may come from this source: besides clients the host itself, whose
   * kernel carries packets on from the TUN and finds that they are too big or live too short there.
   */
  mayReport(packet: PacketView): boolean {
    return this.isClient(packet) || anyContains(this.#host, packet.family, packet.addresses, 0);
  }

  /** Whether the source is a client's, a synthetic address or the gateway's own: nobody on the internet sends from there (R5). */
  isInside({ family, addresses }: PacketView): boolean {
    return (
      anyContains(this.#host, family, addresses, 0) ||
      this.#settings.destinations.isInside(family, addresses, 0)
    );
  }

  /** Fills the plan for the flow this packet opens, or says why it opens none. */
  admit(packet: PacketView, plan: FlowPlan, nowMs: number): DropReason | undefined {
    if (!this.isClient(packet)) return 'source-not-client';
    const notFirst = whyNotFirst(packet);
    if (notFirst !== undefined) return notFirst;
    const limited = this.#settings.limits.admit(packet.addresses, nowMs);
    if (limited !== undefined) return limited;
    if (this.policy === undefined && !this.#settings.refresh()) return 'policy-not-loaded';
    const lease = this.#findLease(packet);
    if (typeof lease === 'string') return lease;
    plan.lease = lease?.slot ?? -1;
    const caller = this.#settings.openMappings.answered(packet);
    if (caller !== undefined && this.#mayAnswer(caller, lease)) return this.#answer(caller, plan);
    const destination =
      lease === undefined
        ? readAddressWords(packet.addresses, 4, packet.family)
        : this.#settings.realAddresses.choose(lease, packet.family, packet.addresses, nowMs);
    if (destination === undefined) return 'lease-without-address';
    writeAddressWords(destination, plan.outside, 0);
    const refused = this.#settings.destinations.refuse(packet.family, plan.outside, 0, lease !== undefined);
    return refused ?? this.#decide(packet, destination, lease, plan);
  }

  /**
   * Why somebody whom a client has not called may not reach it, or undefined: as if the client were to call. Where it leaves
   * from is settled by the mapping.
   */
  refuseCaller(caller: Caller): DropReason | undefined {
    const verdict = this.#judgeCaller(caller);
    if (typeof verdict === 'string') return verdict;
    return verdict.isBlocked ? 'policy-blocked' : undefined;
  }

  /**
   * Whether a flow whose egress address went out of service could leave from another one: only then is it worth ending
   * (S10, FL-26).
   */
  couldMove(verdict: number, family: 4 | 6): boolean {
    const plan = this.policy?.planOf(verdictNumber(verdict));
    return (
      plan !== undefined && typeof chooseEgress(plan, family, '', this.#settings.surroundings) !== 'string'
    );
  }

  /** Whether flows get anywhere from the egress address, be it the one that new flows are given or not. */
  isAnswering(egressIndex: number): boolean {
    return this.#settings.surroundings.health.answers(egressIndex);
  }

  /** The lease of a synthetic destination; undefined for a literal one. */
  #findLease(packet: PacketView): LeaseFacts | DropReason | undefined {
    if (!anyContains(this.#synthetic, packet.family, packet.addresses, 4)) return undefined;
    const known = this.#leaseFor(packet);
    if (known !== undefined) return known;
    // The control thread posts a lease before its answer leaves: if there is one, it has arrived by now.
    return (this.#settings.refresh() ? this.#leaseFor(packet) : undefined) ?? 'synthetic-unknown';
  }

  /** Somebody else's lease is told from none in no way (row S4, FL-21). */
  #leaseFor({ addresses }: PacketView): LeaseFacts | undefined {
    const { leases } = this.#settings;
    const lease = leases.find(addresses, 4);
    return lease !== undefined && leases.isOpenTo(lease, addresses, 0) ? lease : undefined;
  }

  #decide(
    packet: PacketView,
    destination: Address,
    lease: LeaseFacts | undefined,
    plan: FlowPlan,
  ): DropReason | undefined {
    const { policy } = this;
    if (policy === undefined) return 'policy-not-loaded';
    const { family, protocol, sourcePort, destinationPort } = packet;
    const client = readAddressWords(packet.addresses, 0, family);
    const ends = { family, client, destination, protocol, sourcePort, destinationPort };
    const { verdict, identity } = this.#judge(policy, ends, lease);
    plan.verdict = packVerdict(verdict.number, UNDECIDED);
    if (verdict.isBlocked) return 'policy-blocked';
    const { surroundings } = this.#settings;
    const choice = chooseEgress(
      verdict.plan,
      packet.family,
      identity?.email ?? formatAddress(client),
      surroundings,
    );
    if (typeof choice === 'string') return choice;
    plan.verdict = packVerdict(verdict.number, choice);
    writeAddressWords(choice.address, plan.outside, 4);
    plan.egressIndex = choice.index;
    plan.isOpen = verdict.isOpen;
    plan.keepsPort = verdict.keepsPort;
    plan.port = -1;
    plan.hop = this.#settings.uplinkOf[choice.index]?.hopFor(plan.outside, 0, packet.family) ?? -1;
    return plan.hop === -1 ? 'no-route' : undefined;
  }

  /** What policy says of a connection, and who begins it. */
  #judge(policy: ActivePolicy, ends: Ends, lease: LeaseFacts | undefined): Judgement {
    const { client, destination, family, protocol, sourcePort, destinationPort } = ends;
    const identity = policy.identify(client, this.#settings.wallClock());
    const connection = {
      client,
      virtualNetworkId: policy.networkOf(identity),
      destination,
      clientGeo: this.geolocation?.lookup(client),
      destinationGeo:
        lease === undefined ? this.geolocation?.lookup(destination) : geoOf(lease, destination, family),
      protocol: protocolName(protocol),
      sourcePort,
      destinationPort,
    };
    return { verdict: policy.decide(this.#facts.describe(connection, lease, identity)), identity };
  }

  /** The verdict about the connection that the client would begin to the caller, or why there can be none. */
  #judgeCaller({ words }: Caller): Verdict | DropReason {
    const family = ((words[OUTSIDE] ?? 0) & 0xff) === 4 ? 4 : 6;
    const lease = this.#settings.leases.get((words[LEASE] ?? 0) - 1);
    const refused = this.#settings.destinations.refuse(family, words, REMOTE, lease !== undefined);
    if (refused !== undefined || this.policy === undefined) return refused ?? 'policy-not-loaded';
    const ends = {
      family,
      client: readAddressWords(words, words[CLIENT_AT] ?? 0, family),
      destination: readAddressWords(words, REMOTE, family),
      protocol: ((words[OUTSIDE] ?? 0) >>> 8) & 0xff,
      sourcePort: (words[PORTS] ?? 0) >>> 16,
      destinationPort: (words[PORTS] ?? 0) & 0xffff,
    } as const;
    return this.#judge(this.policy, ends, lease).verdict;
  }

  /** Whether a client's packet to who it seems to answer would still reach it by the way the call came. */
  #mayAnswer({ words }: Caller, lease: LeaseFacts | undefined): boolean {
    return words[LEASE] === (lease?.slot ?? -1) + 1 && this.isAnswering((words[ROUTE] ?? 0) & 0xffff);
  }

  /** The plan for the answer to a caller: from the address and port that was called, under the verdict of their flow. */
  #answer(caller: Caller, plan: FlowPlan): DropReason | undefined {
    const verdict = this.#judgeCaller(caller);
    if (typeof verdict === 'string') return verdict;
    plan.verdict = packVerdict(verdict.number, UNDECIDED);
    if (verdict.isBlocked) return 'policy-blocked';
    const { words } = caller;
    const egressAt = words[EGRESS_AT] ?? 0;
    plan.outside.set(words.subarray(REMOTE, REMOTE + 4));
    plan.outside.set(words.subarray(egressAt, egressAt + 4), 4);
    plan.egressIndex = (words[ROUTE] ?? 0) & 0xffff;
    plan.verdict = words[VERDICT] ?? 0;
    plan.isOpen = true;
    plan.keepsPort = false;
    plan.port = (words[OUTSIDE] ?? 0) >>> 16;
    const family = ((words[OUTSIDE] ?? 0) & 0xff) === 4 ? 4 : 6;
    plan.hop = this.#settings.uplinkOf[plan.egressIndex]?.hopFor(plan.outside, 0, family) ?? -1;
    return plan.hop === -1 ? 'no-route' : undefined;
  }
}

/** A connection as policy is asked about it: from a client to a real destination. */
interface Ends {
  readonly family: 4 | 6;
  readonly client: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

interface Judgement {
  readonly verdict: Verdict;
  readonly identity: Identity | undefined;
}

/** Only a SYN, a datagram or an echo request opens a flow; a segment of a connection nobody knows does not (row X9). */
function whyNotFirst(packet: PacketView): DropReason | undefined {
  const { protocol, family, icmpType, tcpFlags } = packet;
  if (protocol === PROTOCOL_TCP) return (tcpFlags & SYN_OR_ACK) === TCP_SYN ? undefined : 'no-flow-inside';
  if (protocol === PROTOCOL_UDP) return undefined;
  return icmpType === (family === 4 ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST)
    ? undefined
    : 'icmp-type-unsupported';
}

/** Where the real address that was chosen from the lease is. */
function geoOf(lease: LeaseFacts, real: Address, family: 4 | 6): GeoLocation | undefined {
  const [addresses, geo] = family === 4 ? [lease.real4, lease.geo4] : [lease.real6, lease.geo6];
  return geo[addresses.indexOf(real)];
}
