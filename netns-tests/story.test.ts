/** The story of the published article, sentence by sentence, on real packets. */
import { afterEach, describe, expect, test } from 'vitest';
import { declareLiteral } from './lab/oracle.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { isSynthetic } from './support/address-sets.ts';
import { lease, page, tryWhoami, whoami } from './support/clients.ts';
import {
  BANK_LITERALS,
  BANK_VISITS,
  describeSource,
  hostFor,
  isExpectedSource,
  LITERAL_VISITS,
  OTHER_VISITS,
} from './support/expected-sources.ts';
import { breakEgress, healEgress } from './support/faults.ts';
import { useLab } from './support/use-lab.ts';

const BANK = 'bank.example.com';
const SETTLES_WITHIN_MS = 20_000;

const lab = useLab();

describe.each([4, 6] as const)('the story over IPv%i', (family) => {
  test.each(['alice', 'bob'] as const)('%s resolves the bank to a synthetic address', (client) => {
    expect(isSynthetic(lease(lab, client, BANK, family))).toBe(true);
  });

  test('alice (finance) gets the account page, by https and by http', () => {
    for (const scheme of ['https', 'http']) {
      const { status, body } = page(lab, 'alice', `${scheme}://${BANK}/`, family);
      expect({ status, body }).toMatchObject({
        status: 200,
        body: expect.stringContaining('Account of Acme Co'),
      });
    }
  });

  test('bob gets 403', () => {
    const { status, body } = page(lab, 'bob', `https://${BANK}/`, family);
    expect({ status, body }).toMatchObject({ status: 403, body: expect.stringContaining('does not let in') });
  });

  test.each([...BANK_VISITS, ...OTHER_VISITS])(
    '$client reaches $host ($rule) as the policy says',
    (visit) => {
      const { address } = whoami(lab, visit.client, visit.host, family);
      expect(
        isExpectedSource(visit, family, address),
        `${address}, wanted ${describeSource(visit, family)}`,
      ).toBe(true);
    },
  );

  test.each(LITERAL_VISITS)(
    '$client reaches the literal address ($rule) as the policy says (S7)',
    (visit) => {
      for (const address of Object.values(BANK_LITERALS)) declareLiteral(lab, address);
      const { address } = whoami(lab, visit.client, hostFor(visit, family), family);
      expect(
        isExpectedSource(visit, family, address),
        `${address}, wanted ${describeSource(visit, family)}`,
      ).toBe(true);
    },
  );
});

describe('failover', () => {
  afterEach(() => healEgress(lab));

  test('the secondary is used while the primary is down, and the primary again after it', async () => {
    const becomes = (source: string): Promise<void> =>
      waitUntil(
        () => tryWhoami(lab, 'alice', BANK, 1)?.address === source,
        SETTLES_WITHIN_MS,
        () => `alice does not come from ${source}`,
      );
    await becomes(EGRESS.primary);
    breakEgress(lab, [EGRESS.primary]);
    await becomes(EGRESS.secondary);
    expect(whoami(lab, 'bob', BANK).address).toBe(EGRESS.default4);
    healEgress(lab);
    await becomes(EGRESS.primary);
  });

  test('0.0.0.0 as the secondary means the default egress', async () => {
    breakEgress(lab, [EGRESS.other]);
    const isDefault = (): boolean => tryWhoami(lab, 'bob', 'slack.com', 1)?.address === EGRESS.default4;
    await waitUntil(isDefault, SETTLES_WITHIN_MS, () => `bob still comes from ${EGRESS.other}`);
  });

  test('primary and secondary both down: the connection fails, it does not leave from another address', async () => {
    breakEgress(lab, [EGRESS.primary, EGRESS.secondary]);
    const fails = (): boolean => tryWhoami(lab, 'alice', BANK, 1) === undefined;
    await waitUntil(fails, SETTLES_WITHIN_MS, () => 'alice still reaches the bank');
    for (let attempt = 0; attempt < 4; attempt++) expect(tryWhoami(lab, 'alice', BANK, 1)).toBeUndefined();
  });
});
