/** Finance may use the bank, others may not: names resolve to synthetic addresses, and the name decides the source. */
import { EGRESS, type Lab } from '../lab/topology.ts';
import { isSynthetic } from '../support/address-sets.ts';
import { BANK_VISITS } from '../support/expected-sources.ts';
import type { Narrator } from './narrator.ts';
import { claimSources, FAMILIES } from './source-seen.ts';

const BANK = 'bank.example.com';

export function resolveTheBank(_lab: Lab, narrator: Narrator): void {
  narrator.heading('alice and bob resolve the bank: each gets a synthetic address, on loan for a short time');
  for (const client of ['alice', 'bob'] as const) {
    for (const type of ['A', 'AAAA']) {
      const answer = narrator.show(client, ['dig', '+short', BANK, type]);
      narrator.claim(`${client} gets one synthetic address (${type})`, isSynthetic(answer));
    }
  }
  const missing = narrator.show('alice', ['dig', '+noall', '+comments', 'no-such-name.example.com']);
  narrator.claim('a name that does not exist stays NXDOMAIN', missing.includes('status: NXDOMAIN'));
}

export function visitTheBank(_lab: Lab, narrator: Narrator): void {
  narrator.heading(
    `The bank lets in ${EGRESS.primary} and ${EGRESS.prefix6} only; alice is in Finance, bob is not`,
  );
  for (const family of FAMILIES) {
    const account = narrator.show('alice', ['curl', '-sS', '-m', '10', `-${family}`, `https://${BANK}/`]);
    narrator.claim(`alice gets the account page over IPv${family}`, account.startsWith('Account of Acme Co'));
    const refusal = ['curl', '-sS', '-m', '10', `-${family}`, '-w', '%{http_code}', `https://${BANK}/`];
    narrator.claim(`bob gets 403 over IPv${family}`, narrator.show('bob', refusal).endsWith('403'));
  }
  for (const visit of BANK_VISITS) claimSources(narrator, visit);
}
