import { expect, test, vi } from 'vitest';
import { VerdictBook } from '../../../../src/gateway/datapath/admission/verdict-book.ts';
import { listFlows } from '../../../../src/gateway/datapath/reports/list-flows.ts';
import { buildUdp } from '../../../support/build-packet.ts';
import { createNat, STORY } from '../../../support/nat-fixture.ts';

// Packets wait while flows are listed: each flow that was made readable for nothing cost them some 20 us.
test('listFlows makes no more flows readable than are wanted', () => {
  const { client, inner, remote, egress } = STORY[4];
  const nat = createNat();
  for (let port = 1; port <= 40; port++)
    nat.send(buildUdp({ from: `${client}:${port}`, to: `${inner}:53` }), { remote, egress });
  const leases = { get: vi.fn() };
  const sources = { flows: nat.translator.flows, leases, verdicts: new VerdictBook() };
  expect(listFlows(sources, { limit: 5 }, 0)).toHaveLength(5);
  expect(leases.get).toHaveBeenCalledTimes(5);
  expect(listFlows(sources, { limit: 100 }, 0)).toHaveLength(40);
});
