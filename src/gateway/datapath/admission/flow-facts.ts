/**
 * The policy's facts about a flow. Facts that depend only on the lease or only on the identity are computed once and
 * merged; only ports, protocol and addresses are set for each first packet.
 */
import { isSecurityCategory } from '../../../catalog/gateway-ids.ts';
import type { GeoLocation } from '../../../catalog/geolocation.ts';
import type { Identity } from '../../../identity/identity.ts';
import { Facts } from '../../../policy/evaluation/facts.ts';
import { gatewayScheme } from '../../../policy/language/gateway-scheme.ts';
import type { Field } from '../../../policy/language/scheme.ts';
import type { Address } from '../../../wire/address.ts';
import { describeIdentity } from './identity-facts.ts';
import type { LeaseFacts } from './lease-book.ts';

const HOST = gatewayScheme.require('net.fqdn.host');
const DOMAINS = gatewayScheme.require('net.fqdn.domains');
const CATEGORIES = gatewayScheme.require('net.fqdn.content_category');
const SECURITY_CATEGORIES = gatewayScheme.require('net.fqdn.security_category');
const APPLICATIONS = gatewayScheme.require('app.ids');
const APPLICATION_TYPES = gatewayScheme.require('app.type.ids');
const DESTINATION = gatewayScheme.require('net.dst.ip');
const DESTINATION_PORT = gatewayScheme.require('net.dst.port');
const DESTINATION_COUNTRY = gatewayScheme.require('net.dst.geo.country');
const DESTINATION_CONTINENT = gatewayScheme.require('net.dst.geo.continent');
const SOURCE_COUNTRY = gatewayScheme.require('net.src.geo.country');
const SOURCE_CONTINENT = gatewayScheme.require('net.src.geo.continent');
const SOURCE = gatewayScheme.require('net.src.ip');
const INTERNAL_SOURCE = gatewayScheme.require('net.src.internal_src_ip');
const SOURCE_PORT = gatewayScheme.require('net.src.port');
const VIRTUAL_NETWORK = gatewayScheme.require('net.vnet_id');
const PROTOCOL = gatewayScheme.require('net.protocol');

/** What a first packet says by itself. Undefined fields are missing for the policy, as in hypothetical connections. */
export interface Connection {
  readonly client: Address | undefined;
  /** The real destination, never the synthetic one. */
  readonly destination: Address | undefined;
  /** Id of the virtual network the client is in. */
  readonly virtualNetworkId?: string | undefined;
  readonly clientGeo: GeoLocation | undefined;
  readonly destinationGeo: GeoLocation | undefined;
  readonly protocol: string;
  /** Ignored for ICMP, which has no ports. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

export class FlowFacts {
  readonly facts = new Facts(gatewayScheme);
  readonly #ofLease = new WeakMap<object, Facts>();
  readonly #ofIdentity = new WeakMap<Identity, Facts>();

  /** Refills `facts`; a literal destination has no lease, an anonymous client no identity. */
  describe(connection: Connection, lease: NamedFacts | undefined, identity: Identity | undefined): Facts {
    const { facts } = this;
    facts.clear();
    if (lease !== undefined) facts.merge(remember(this.#ofLease, lease, describeLease));
    if (identity !== undefined) facts.merge(remember(this.#ofIdentity, identity, describePerson));
    const { client, destination, protocol, sourcePort, destinationPort } = connection;
    if (destination !== undefined) facts.setAddresses(DESTINATION, [destination]);
    if (client !== undefined) facts.setAddresses(SOURCE, [client]);
    if (client !== undefined) facts.setAddress(INTERNAL_SOURCE, client);
    if (connection.virtualNetworkId !== undefined)
      facts.setText(VIRTUAL_NETWORK, connection.virtualNetworkId);
    setGeo(facts, DESTINATION_COUNTRY, DESTINATION_CONTINENT, connection.destinationGeo);
    setGeo(facts, SOURCE_COUNTRY, SOURCE_CONTINENT, connection.clientGeo);
    facts.setText(PROTOCOL, protocol);
    if (protocol === 'icmp') return facts;
    if (destinationPort !== undefined) facts.setInteger(DESTINATION_PORT, destinationPort);
    if (sourcePort !== undefined) facts.setInteger(SOURCE_PORT, sourcePort);
    return facts;
  }
}

function setGeo(facts: Facts, country: Field, continent: Field, geo: GeoLocation | undefined): void {
  if (geo?.country !== undefined) facts.setText(country, geo.country);
  if (geo?.continent !== undefined) facts.setText(continent, geo.continent);
}

/** The part of a lease that policy sees. */
export type NamedFacts = Pick<
  LeaseFacts,
  'hostname' | 'aliases' | 'domains' | 'applicationIds' | 'applicationTypeIds' | 'categoryIds'
>;

/** The facts that follow from the name alone. */
export function describeLease(lease: NamedFacts): Facts {
  const facts = new Facts(gatewayScheme);
  facts.setText(HOST, lease.hostname);
  facts.setOtherTexts(HOST, lease.aliases);
  facts.setTexts(DOMAINS, lease.domains);
  facts.setIntegers(CATEGORIES, lease.categoryIds);
  facts.setIntegers(SECURITY_CATEGORIES, lease.categoryIds.filter(isSecurityCategory));
  facts.setIntegers(APPLICATIONS, lease.applicationIds);
  facts.setIntegers(APPLICATION_TYPES, lease.applicationTypeIds);
  return facts;
}

function describePerson(identity: Identity): Facts {
  return describeIdentity(identity, gatewayScheme);
}

function remember<K extends object>(known: WeakMap<K, Facts>, key: K, describe: (key: K) => Facts): Facts {
  const old = known.get(key);
  if (old !== undefined) return old;
  const made = describe(key);
  known.set(key, made);
  return made;
}
