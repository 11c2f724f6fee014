/** Determines the connection to be explained: the client, the name, and for each family the destination if it is known. */
import type { GeoLocation, Geolocation } from '../../catalog/geolocation.ts';
import type { Identity } from '../../identity/identity.ts';
import { aliasesOf, type Lease } from '../../synthetic/lease.ts';
import {
  type Address,
  type Family,
  familyOf,
  type Prefix,
  parseAddress,
  prefixContains,
} from '../../wire/address.ts';
import type { ExplainQuery } from '../control/explanation.ts';
import type { NamedFacts } from '../datapath/admission/flow-facts.ts';
import { describeName, type NameCatalog } from '../names/describe-name.ts';
import type { LeaseIssuer } from '../names/lease-issuer.ts';
import type { GatewayPolicy } from '../policy/load-gateway-policy.ts';
import { requestError } from './request-error.ts';

export interface SubjectSources {
  readonly policy: Pick<GatewayPolicy, 'directory' | 'identities'> & { readonly catalog: NameCatalog };
  readonly geolocation: Pick<Geolocation, 'lookup'>;
  readonly pool: Pick<LeaseIssuer['pool'], 'find' | 'leaseOf'>;
  readonly synthetic: readonly Prefix[];
}

export interface Subject {
  readonly name: NamedFacts | undefined;
  readonly lease: Lease | undefined;
  readonly source: Address | undefined;
  readonly sourceGeo: GeoLocation | undefined;
  readonly identity: Identity | undefined;
  readonly virtualNetworkId: string | undefined;
  /** One per address family that the connection may have; at least one. */
  readonly targets: readonly Target[];
}

export interface Target {
  readonly family: Family;
  /** The real destination; undefined if it is unknown or there is none. */
  readonly destination: Address | undefined;
  readonly destinationGeo: GeoLocation | undefined;
  /** Why a connection to the synthetic address in the query is refused. */
  readonly refused: 'synthetic-unknown' | 'lease-without-address' | undefined;
}

/** Throws GatewayError EREFUSED for a query without a destination, or with an invalid address or an unknown user. */
export function readSubject(query: ExplainQuery, sources: SubjectSources): Subject {
  if (query.host === undefined && query.destination === undefined)
    throw requestError('Cannot explain a connection: a host or a destination is needed');
  const { policy, pool, geolocation } = sources;
  const hostname = query.host?.toLowerCase().replace(/\.$/, '');
  const given = readAddress('destination', query.destination);
  const source = readAddress('source', query.source);
  const lease = hostname === undefined ? given && pool.leaseOf(given) : pool.find(hostname);
  const name = hostname ?? lease?.hostname;
  const isSynthetic =
    hostname === undefined &&
    given !== undefined &&
    sources.synthetic.some((range) => prefixContains(range, given));
  const targets = isSynthetic ? [syntheticTarget(given, lease)] : listTargets(given, lease);
  const identity = findIdentity(query, source, policy);
  return {
    name:
      name === undefined
        ? undefined
        : describeName(name, policy.catalog, lease === undefined ? [] : aliasesOf(lease)),
    lease,
    source,
    sourceGeo: source && geolocation.lookup(source),
    identity,
    virtualNetworkId: policy.directory.networkOf(identity),
    targets: targets.map((target) => ({
      ...target,
      destinationGeo: target.destination && geolocation.lookup(target.destination),
    })),
  };
}

type UnlocatedTarget = Omit<Target, 'destinationGeo'>;

/** The real destination of a synthetic address. */
function syntheticTarget(address: Address, lease: Lease | undefined): UnlocatedTarget {
  const family = familyOf(address);
  const destination = (family === 4 ? lease?.real4 : lease?.real6)?.addresses[0];
  if (lease === undefined) return { family, destination, refused: 'synthetic-unknown' };
  return { family, destination, refused: destination === undefined ? 'lease-without-address' : undefined };
}

/** The given address; otherwise the lease's, by family; otherwise both families with an unknown destination. */
function listTargets(given: Address | undefined, lease: Lease | undefined): UnlocatedTarget[] {
  const known = given === undefined ? [lease?.real4?.addresses[0], lease?.real6?.addresses[0]] : [given];
  const targets = known.flatMap((destination) =>
    destination === undefined ? [] : [{ family: familyOf(destination), destination, refused: undefined }],
  );
  if (targets.length > 0) return targets;
  return ([4, 6] as const).map((family) => ({ family, destination: undefined, refused: undefined }));
}

function findIdentity(
  { user }: ExplainQuery,
  source: Address | undefined,
  { directory, identities }: SubjectSources['policy'],
): Identity | undefined {
  if (user === undefined) return source && directory.identify(source, Date.now());
  const found = identities.find(({ identity }) => identity.email === user.toLowerCase());
  if (found === undefined)
    throw requestError(`Cannot explain for user ${user}: no device of this user is known`);
  return found.identity;
}

function readAddress(field: string, text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw requestError(`Cannot use ${text} as ${field}: it is no IP address`);
  return address;
}
