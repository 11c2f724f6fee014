/** Rules on a domain and all below it, an application, a content category, a shared address, a literal address. */
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { SYNGATE } from '../lab/gateway-process.ts';
import { declareLiteral } from '../lab/oracle.ts';
import { EGRESS, type Lab } from '../lab/topology.ts';
import { isEgress6 } from '../support/address-sets.ts';
import type { Narrator } from './narrator.ts';
import { sourceSeen } from './source-seen.ts';

interface Visit {
  readonly rule: string;
  readonly host: string;
  readonly ipv4: string;
  readonly ipv6: 'dedicated' | 'default';
}

const VISITS: readonly Visit[] = [
  { rule: 'no rule of its own', host: 'shop.example.com', ipv4: EGRESS.default4, ipv6: 'default' },
  {
    rule: 'domain partner.example.net',
    host: 'partner.example.net',
    ipv4: EGRESS.secondary,
    ipv6: 'dedicated',
  },
  {
    rule: 'domain partner.example.net',
    host: 'api.partner.example.net',
    ipv4: EGRESS.secondary,
    ipv6: 'dedicated',
  },
  { rule: 'application Slack', host: 'app.slack.com', ipv4: EGRESS.other, ipv6: 'dedicated' },
  { rule: 'category News & Media', host: 'news.example.org', ipv4: EGRESS.secondary, ipv6: 'dedicated' },
  {
    rule: "the bank's address, another name",
    host: 'twin.example.com',
    ipv4: EGRESS.secondary,
    ipv6: 'dedicated',
  },
];

const BANK_LITERAL = { ipv4: '192.0.2.198', ipv6: '2001:db8:2::198' } as const;

export function applyTheOtherRules(_lab: Lab, narrator: Narrator): void {
  narrator.heading('A domain with all names below it, an application, a category: each takes effect');
  for (const { rule, host, ipv4, ipv6 } of VISITS) {
    const seen4 = sourceSeen(narrator, 'bob', host, 4);
    const seen6 = sourceSeen(narrator, 'bob', host, 6);
    const right6 = ipv6 === 'dedicated' ? isEgress6(seen6) : seen6 === EGRESS.default6;
    narrator.claim(`${host} (${rule}): ${ipv4} and the ${ipv6} IPv6 egress`, seen4 === ipv4 && right6);
  }
}

export function visitByLiteralAddress(lab: Lab, narrator: Narrator): void {
  narrator.heading(
    "The bank's literal address names nothing: rules on addresses govern it, not the bank's rule",
  );
  for (const address of Object.values(BANK_LITERAL)) declareLiteral(lab, address);
  const literal6 = `[${BANK_LITERAL.ipv6}]`;
  const alice4 = sourceSeen(narrator, 'alice', BANK_LITERAL.ipv4, 4);
  narrator.claim(`alice comes from ${EGRESS.other}, as the address rule says`, alice4 === EGRESS.other);
  narrator.claim('alice: likewise over IPv6', isEgress6(sourceSeen(narrator, 'alice', literal6, 6)));
  const bob4 = sourceSeen(narrator, 'bob', BANK_LITERAL.ipv4, 4);
  narrator.claim('bob, whom the address rule does not name, uses the default', bob4 === EGRESS.default4);
  narrator.claim('bob: likewise over IPv6', sourceSeen(narrator, 'bob', literal6, 6) === EGRESS.default6);
}

export function explainADecision(lab: Lab, narrator: Narrator): void {
  narrator.heading('syngate explains: every rule in order, what held, and the egress address');
  const { socket } = gatewayFilesOf(lab);
  const question = ['--host', 'bank.example.com', '--port', '443', '--user', 'alice@acme.example'];
  const explanation = narrator.show('gw', [SYNGATE, '--socket', socket, 'explain', ...question]);
  narrator.claim(`the explanation names ${EGRESS.primary}`, explanation.includes(EGRESS.primary));
}
