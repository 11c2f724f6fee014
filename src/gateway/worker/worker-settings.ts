/** A datapath worker's settings, from the configuration and the state of the host at set-up. */
import type { EgressHealth } from '../../egress/egress-health.ts';
import type { NatUse } from '../../nat/nat-use.ts';
import { GatewayError } from '../../report/errors.ts';
import type { LeaseUse } from '../../synthetic/lease-use.ts';
import { type Address, familyOf, type Prefix, prefixContains } from '../../wire/address.ts';
import { IPV4_HEADER_BYTES } from '../../wire/ipv4.ts';
import { IPV6_HEADER_BYTES } from '../../wire/ipv6.ts';
import { TCP_HEADER_BYTES } from '../../wire/tcp.ts';
import type { Config, UplinkConfig } from '../config/config.ts';
import type { DestinationRules } from '../datapath/admission/destination-check.ts';
import type { CounterSum } from '../datapath/reports/counters.ts';
import type { UplinkSettings } from '../datapath/uplink/uplink-port.ts';
import { PRIVATE_DESTINATIONS } from '../host/private-destinations.ts';
import type { UplinkFacts } from '../host/read-uplink.ts';
import type { HostSetUp } from '../host/set-up-host.ts';
import type { EachSettings } from './datapath-workers.ts';
import type { FlowLogSettings } from './worker-protocol.ts';

/** No clamp: the option has no room for more. */
const LARGEST_MSS = 65_535;

/** What workers share with the control thread. */
export interface SharedParts {
  readonly config: Config;
  readonly counters: CounterSum;
  readonly health: { readonly health: EgressHealth };
  readonly leaseIssuer: { readonly pool: { readonly use: LeaseUse } };
  readonly natUse: NatUse;
  readonly flowLog: FlowLogSettings | undefined;
  readonly secret: Uint8Array;
}

/** One for each worker. Throws GatewayError EDEVICE for an uplink that the datapath cannot use. */
export function makeWorkerSettings(parts: SharedParts, host: HostSetUp): EachSettings[] {
  const common = makeCommonSettings(parts, host);
  const { workers, flows } = parts.config.limits;
  return parts.counters.workers.map((counters, worker) => ({
    ...common,
    share: { worker, workers },
    flowCapacity: Math.ceil(flows / workers),
    counters: counters.buffer,
  }));
}

function makeCommonSettings(
  { config, health, leaseIssuer, natUse, flowLog, secret }: SharedParts,
  host: HostSetUp,
): Omit<EachSettings, 'share' | 'flowCapacity' | 'counters'> {
  const { listen } = config.resolver;
  return {
    tunName: config.tun.name,
    clientMtu: host.mtu,
    router4: listen.find((address) => familyOf(address) === 4),
    router6: listen.find((address) => familyOf(address) === 6),
    uplinks: config.uplinks.map((uplink, index) => describeUplink(config, uplink, host.uplinks[index])),
    egress: config.egress,
    natPorts: host.ownership.map(({ natPorts }) => natPorts.map(({ first, last }) => [first, last] as const)),
    destinations: makeDestinationRules(config, host.uplinks),
    hostAddresses: host.addresses,
    taken: listTakenAddresses(host.uplinks),
    secret,
    clientLimits: config.limits.client,
    health: health.health.buffer,
    leaseUse: leaseIssuer.pool.use.buffer,
    natUse: natUse.buffer,
    flowLog: flowLog && { starts: flowLog.starts, underWay: flowLog.underWay },
  };
}

/** The host's own address on an uplink is not a valid destination: nobody on the link would answer for it. */
export function makeDestinationRules(config: Config, uplinks: readonly UplinkFacts[]): DestinationRules {
  const host = uplinks.flatMap(({ addresses }) => addresses);
  return {
    own: [
      ...config.egress.addresses.map(({ prefix }) => prefix),
      ...host.map((address) => ({ address, length: address.length * 8 })),
    ],
    clients: config.onramps.flatMap(({ clients }) => clients),
    synthetic: syntheticRanges(config),
    forbidden: PRIVATE_DESTINATIONS,
    allowed: config.uplinks.flatMap(({ allowDestinations }) => allowDestinations),
  };
}

/** Addresses inside IPv6 egress ranges that are in use by others. */
export function listTakenAddresses(uplinks: readonly UplinkFacts[]): Address[] {
  return uplinks
    .flatMap(({ addresses, nextHop4, nextHop6 }) => [...addresses, nextHop4, nextHop6])
    .filter((address) => address !== undefined);
}

export function syntheticRanges({ synthetic }: Config): Prefix[] {
  return [synthetic.ipv4, synthetic.ipv6].filter((range) => range !== undefined);
}

/** Throws GatewayError EDEVICE for an uplink that the datapath cannot use. */
export function describeUplink(
  config: Config,
  uplink: UplinkConfig,
  facts: UplinkFacts | undefined,
): UplinkSettings {
  if (facts?.carries === undefined) {
    const found =
      facts === undefined
        ? 'it is gone'
        : `it is neither Ethernet nor a point-to-point interface of IP packets (${facts.linkType})`;
    throw new GatewayError('EDEVICE', `Cannot use ${uplink.interface} as an uplink: ${found}`);
  }
  const egress = config.egress.addresses
    .filter((address) => address.uplink === uplink.name)
    .map(({ prefix }) => prefix);
  return {
    name: uplink.name,
    interface: uplink.interface,
    ifindex: facts.ifindex,
    isUp: facts.isUp,
    carries: facts.carries,
    mac: facts.mac,
    mtu: facts.mtu,
    mostMss: chooseMss(uplink.mssClamp, Math.min(facts.mtu, config.tun.mtu ?? facts.mtu)),
    egress,
    ownAddresses: facts.addresses,
    connected: facts.connected,
    nextHop4: uplink.nextHop4 ?? facts.nextHop4,
    nextHop6: uplink.nextHop6 ?? facts.nextHop6,
    speaker4: chooseSpeaker(4, facts, egress),
    speaker6: chooseSpeaker(6, facts, egress),
  };
}

/** Largest segment size by family, on a path of `mtu` bytes (row F11). */
function chooseMss(clamp: UplinkConfig['mssClamp'], mtu: number): UplinkSettings['mostMss'] {
  if (clamp === 'off') return { 4: LARGEST_MSS, 6: LARGEST_MSS };
  if (clamp !== 'auto') return { 4: clamp, 6: clamp };
  return {
    4: mtu - IPV4_HEADER_BYTES - TCP_HEADER_BYTES,
    6: mtu - IPV6_HEADER_BYTES - TCP_HEADER_BYTES,
  };
}

/** The sender address of solicitations: the host's own on the link if there is one, since the kernel's peers know that. */
function chooseSpeaker(family: 4 | 6, facts: UplinkFacts, egress: readonly Prefix[]): Address | undefined {
  const own = facts.addresses.find(
    (address) => familyOf(address) === family && egress.some((prefix) => prefixContains(prefix, address)),
  );
  const prefix = egress.find(({ address }) => familyOf(address) === family);
  return own ?? (prefix === undefined ? undefined : firstHost(prefix));
}

/** The first address of a range is the routers' anycast address (RFC 4291 section 2.6.1). */
function firstHost({ address, length }: Prefix): Address {
  const isHost = length === address.length * 8;
  return isHost ? address : address.map((byte, index) => (index === address.length - 1 ? byte | 1 : byte));
}
