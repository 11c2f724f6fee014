/** Asks a site which source address it sees, with a curl that the audience sees too. */
import { type Client, type Family, whoamiShape } from '../support/clients.ts';
import { describeSource, hostFor, isExpectedSource, type Visit } from '../support/expected-sources.ts';
import type { Narrator } from './narrator.ts';

export const FAMILIES: readonly Family[] = [4, 6];

/** Makes a visit over both families and claims that the site sees the source the policy says. */
export function claimSources(narrator: Narrator, visit: Visit): void {
  for (const family of FAMILIES) {
    const seen = sourceSeen(narrator, visit.client, hostFor(visit, family), family);
    const expected = describeSource(visit, family);
    const sentence = `${visit.client} reaches ${hostFor(visit, family)} (${visit.rule}) from ${expected}`;
    narrator.claim(sentence, isExpectedSource(visit, family, seen));
  }
}

/** The source address that `https://<host>/whoami` reports, or what went wrong instead. */
export function sourceSeen(narrator: Narrator, client: Client, host: string, family: Family = 4): string {
  const output = narrator.show(client, ['curl', '-sS', '-m', '10', `-${family}`, `https://${host}/whoami`]);
  try {
    return whoamiShape.parse(JSON.parse(output)).address;
  } catch {
    return `no answer (${output})`;
  }
}
