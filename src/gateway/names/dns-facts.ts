/** Fills in the policy's facts about a DNS question, and about the addresses found for it. */
import { isSecurityCategory } from '../../catalog/gateway-ids.ts';
import type { GeoLocation, Geolocation } from '../../catalog/geolocation.ts';
import type { Identity } from '../../identity/identity.ts';
import { Facts } from '../../policy/evaluation/facts.ts';
import { dnsScheme } from '../../policy/language/dns-scheme.ts';
import type { FoundAddresses, RuledQuestion } from '../../resolver/answer/question-rules.ts';
import { nameType } from '../../wire/dns/codes.ts';
import { describeIdentity } from '../datapath/admission/identity-facts.ts';
import { describeName, type NameCatalog } from './describe-name.ts';

const NAME = dnsScheme.require('dns.fqdn');
const DOMAINS = dnsScheme.require('dns.domains');
const TYPE = dnsScheme.require('dns.query_rtype');
const CATEGORIES = dnsScheme.require('dns.content_category');
const SECURITY_CATEGORIES = dnsScheme.require('dns.security_category');
const APPLICATIONS = dnsScheme.require('app.ids');
const APPLICATION_TYPES = dnsScheme.require('app.type.ids');
const SOURCE = dnsScheme.require('dns.src_ip');
const INTERNAL_SOURCE = dnsScheme.require('dns.src_internal_ip');
const SOURCE_COUNTRY = dnsScheme.require('dns.src.geo.country');
const SOURCE_CONTINENT = dnsScheme.require('dns.src.geo.continent');
const RESOLVED = dnsScheme.require('dns.resolved_ips');
const RESOLVED_COUNTRIES = dnsScheme.require('dns.dst.geo.country');
const RESOLVED_CONTINENTS = dnsScheme.require('dns.dst.geo.continent');
const ALIASES = dnsScheme.require('dns.response.cname');

/** The fields that are known only after the look-up. */
export const FOUND_FIELDS: readonly string[] = [
  RESOLVED,
  RESOLVED_COUNTRIES,
  RESOLVED_CONTINENTS,
  ALIASES,
].map(({ name }) => name);

/** The fields whose values do not depend on the client. */
export const UNIFORM_FIELDS: ReadonlySet<string> = new Set([
  ...[NAME, DOMAINS, TYPE, CATEGORIES, SECURITY_CATEGORIES].map(({ name }) => name),
  ...[APPLICATIONS, APPLICATION_TYPES].map(({ name }) => name),
  ...FOUND_FIELDS,
]);

/** The fields that are never set here: conditions on them always see a missing value. */
export const NEVER_FILLED: readonly string[] = [
  ...['dns.location', 'dns.doh_subdomain', 'dns.authoritative_ns_ips'],
  ...['dns.response.mx', 'dns.response.ptr', 'dns.response.txt', 'dns.indicator_feed'],
  'dns.categories_in_request_context_matches',
];

export interface DescribedQuestion {
  readonly question: RuledQuestion;
  /** Undefined before the look-up. */
  readonly found: FoundAddresses | undefined;
  readonly identity: Identity | undefined;
  readonly catalog: NameCatalog;
  readonly geolocation: Pick<Geolocation, 'lookup'>;
}

export class DnsFacts {
  readonly #facts = new Facts(dnsScheme);
  readonly #ofIdentity = new WeakMap<Identity, Facts>();

  /** Returns the same object each time, filled in anew. */
  describe({ question, found, identity, catalog, geolocation }: DescribedQuestion): Facts {
    const facts = this.#facts;
    facts.clear();
    if (identity !== undefined) facts.merge(this.#describeIdentity(identity));
    const { hostname, domains, ...named } = describeName(question.name, catalog);
    facts.setText(NAME, hostname);
    facts.setTexts(DOMAINS, domains);
    facts.setIntegers(CATEGORIES, named.categoryIds);
    facts.setIntegers(SECURITY_CATEGORIES, named.categoryIds.filter(isSecurityCategory));
    facts.setIntegers(APPLICATIONS, named.applicationIds);
    facts.setIntegers(APPLICATION_TYPES, named.applicationTypeIds);
    facts.setText(TYPE, nameType(question.type));
    facts.setAddress(SOURCE, question.client);
    facts.setAddress(INTERNAL_SOURCE, question.client);
    const place = geolocation.lookup(question.client);
    if (place?.country !== undefined) facts.setText(SOURCE_COUNTRY, place.country);
    if (place?.continent !== undefined) facts.setText(SOURCE_CONTINENT, place.continent);
    if (found !== undefined) describeFound(facts, found, geolocation);
    return facts;
  }

  #describeIdentity(identity: Identity): Facts {
    const known = this.#ofIdentity.get(identity);
    if (known !== undefined) return known;
    const made = describeIdentity(identity, dnsScheme);
    this.#ofIdentity.set(identity, made);
    return made;
  }
}

function describeFound(
  facts: Facts,
  { addresses, aliases }: FoundAddresses,
  geolocation: Pick<Geolocation, 'lookup'>,
): void {
  const places = addresses.map((address) => geolocation.lookup(address));
  const distinct = (pick: (place: GeoLocation | undefined) => string | undefined) => [
    ...new Set(places.map(pick).filter((text) => text !== undefined)),
  ];
  facts.setAddresses(RESOLVED, addresses);
  facts.setTexts(
    RESOLVED_COUNTRIES,
    distinct((place) => place?.country),
  );
  facts.setTexts(
    RESOLVED_CONTINENTS,
    distinct((place) => place?.continent),
  );
  facts.setTexts(ALIASES, aliases);
}
