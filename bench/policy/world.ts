/** What the benchmark's policy and connections are about: names, people, addresses, places, as a company of 5,000 has them. */
import type { Draw } from '../../test/support/draw.ts';

const TOP_LEVELS = ['com', 'net', 'org', 'io', 'de', 'co.uk', 'example'] as const;
const SUBDOMAINS = ['www', 'api', 'app', 'login', 'cdn', 'static', 'mail', 'eu-west-1', 'img', 'gw'] as const;
const SYLLABLES = [
  'ba',
  'co',
  'dri',
  'el',
  'fin',
  'gra',
  'ho',
  'in',
  'ka',
  'lum',
  'mo',
  'nex',
  'or',
  'pay',
  'ri',
  'sta',
];
/** By how often connections go there, roughly; rules name them all alike. */
export const COUNTRIES = 'US US US US DE DE GB NL FR IE SE SG JP IN BR CA AU PL ES IT CH CN RU KR'.split(' ');
const USERS = 5_000;
const GROUPS = 200;
/** Category ids of the catalogue go to about 190, application ids to about 2,000. */
const CATEGORIES = 190;
const APPLICATIONS = 2_000;

/** A registrable domain such as `finstapay4711.co.uk`; numbers keep them apart. */
export function drawDomain(draw: Draw): string {
  const word = draw.some(2 + draw.below(2), () => draw.one(SYLLABLES)).join('');
  return `${word}${draw.below(100_000)}.${draw.one(TOP_LEVELS)}`;
}

export function drawHost(draw: Draw): string {
  return below(draw, drawDomain(draw));
}

/** The domain itself, or a name one or two labels below it. */
export function below(draw: Draw, domain: string): string {
  const depth = draw.below(3);
  return [...draw.some(depth, () => draw.one(SUBDOMAINS)), domain].join('.');
}

export function drawEmail(draw: Draw): string {
  return `user${draw.below(USERS)}@acme.example`;
}

export function drawGroup(draw: Draw): string {
  return `group ${draw.below(GROUPS)}`;
}

export function drawCategory(draw: Draw): number {
  return 1 + draw.below(CATEGORIES);
}

export function drawApplication(draw: Draw): number {
  return 1 + draw.below(APPLICATIONS);
}

/** A global address, as real destinations have: 1 to 223, but for 10 and 127. */
export function drawAddress(draw: Draw): string {
  const first = 1 + draw.below(223);
  if (first === 10 || first === 127) return drawAddress(draw);
  return [first, ...draw.some(3, () => draw.below(256))].join('.');
}

/** An address and its prefix of 24 bits. */
export function drawNetwork(draw: Draw): { readonly address: string; readonly prefix: string } {
  const address = drawAddress(draw);
  return { address, prefix: `${address.split('.').slice(0, 3).join('.')}.0/24` };
}
