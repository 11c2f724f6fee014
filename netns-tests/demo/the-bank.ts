/** Finance may use the bank, others may not: names resolve to synthetic addresses, and the name decides the source. */
import { EGRESS, type Lab } from '../lab/topology.ts';
import { isEgress6, isSynthetic } from '../support/address-sets.ts';
import type { Narrator } from './narrator.ts';
import { FAMILIES, sourceSeen } from './source-seen.ts';

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
  narrator.claim(
    `alice comes from ${EGRESS.primary}`,
    sourceSeen(narrator, 'alice', BANK) === EGRESS.primary,
  );
  narrator.claim(`alice comes from ${EGRESS.prefix6}`, isEgress6(sourceSeen(narrator, 'alice', BANK, 6)));
  narrator.claim(`bob comes from ${EGRESS.default4}`, sourceSeen(narrator, 'bob', BANK) === EGRESS.default4);
  narrator.claim(
    `bob comes from ${EGRESS.default6}`,
    sourceSeen(narrator, 'bob', BANK, 6) === EGRESS.default6,
  );
}
