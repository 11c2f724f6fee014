/** Rules on a domain and all below it, an application, a content category, a shared address, a literal address. */
import { gatewayFilesOf } from '../lab/gateway-files.ts';
import { SYNGATE } from '../lab/gateway-process.ts';
import { declareLiteral } from '../lab/oracle.ts';
import { EGRESS, type Lab } from '../lab/topology.ts';
import { BANK_LITERALS, LITERAL_VISITS, OTHER_VISITS } from '../support/expected-sources.ts';
import type { Narrator } from './narrator.ts';
import { claimSources } from './source-seen.ts';

export function applyTheOtherRules(_lab: Lab, narrator: Narrator): void {
  narrator.heading('A domain with all names below it, an application, a category: each takes effect');
  for (const visit of OTHER_VISITS) claimSources(narrator, visit);
}

export function visitByLiteralAddress(lab: Lab, narrator: Narrator): void {
  narrator.heading(
    "The bank's literal address names nothing: rules on addresses govern it, not the bank's rule",
  );
  for (const address of Object.values(BANK_LITERALS)) declareLiteral(lab, address);
  for (const visit of LITERAL_VISITS) claimSources(narrator, visit);
}

export function explainADecision(lab: Lab, narrator: Narrator): void {
  narrator.heading('syngate explains: every rule in order, what held, and the egress address');
  const { socket } = gatewayFilesOf(lab);
  const question = ['--host', 'bank.example.com', '--port', '443', '--user', 'alice@acme.example'];
  const explanation = narrator.show('gw', [SYNGATE, '--socket', socket, 'explain', ...question]);
  narrator.claim(`the explanation names ${EGRESS.primary}`, explanation.includes(EGRESS.primary));
}
