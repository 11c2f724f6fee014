import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WorkerFlow } from '../../src/gateway/datapath/reports/worker-flow.ts';
import { FLOW_KINDS, NatUse } from '../../src/nat/nat-use.ts';
import { buildRequest } from '../support/client-packets.ts';
import { EGRESS } from '../support/datapath-fixture.ts';
import { tellStory } from '../support/story.ts';

const flowsOf = (use: NatUse) => FLOW_KINDS.map((_kind, index) => use.flowsOf(index));

describe('NatUse', () => {
  test('sums the rows of all workers, each of which writes its own', () => {
    const all = NatUse.create(2, 3);
    for (const worker of [0, 1, 2]) new NatUse(all.buffer, 2, worker).addPorts(1, worker, 1, 10);
    expect(all.portsOf(1)).toEqual({ flows: 0, used: 3, shared: 3, capacity: 30 });
    expect(all.portsOf(0)).toEqual({ flows: 0, used: 0, shared: 0, capacity: 0 });
    new NatUse(all.buffer, 2, 1).addPorts(1, -1, 0, 0);
    expect(all.portsOf(1)).toMatchObject({ used: 2 });
  });

  test('G10 has flows and ports of every egress address at any time, and nobody is asked', () => {
    const gateway = tellStory();
    const { natUse } = gateway;
    for (const port of [1, 2, 3]) gateway.send(buildRequest('tcp', `10.64.0.2:${port}`, '100.80.1.2:443'));
    gateway.send(buildRequest('tcp', '10.64.0.2:1', '100.80.1.2:80'));
    gateway.send(buildRequest('udp', '10.64.0.2:1', '100.80.1.2:443'));
    expect(flowsOf(natUse)).toEqual([4, 1, 0]);
    expect(natUse.portsOf(0)).toMatchObject({ flows: 5, used: 4, shared: 0 });
    for (let index = 1; index < EGRESS.length; index++)
      expect(natUse.portsOf(index)).toMatchObject({ flows: 0, used: 0 });
  });

  test('G10 is at nothing when all flows have ended, and their ports have rested', () => {
    const gateway = tellStory();
    const { natUse } = gateway;
    for (const [protocol, port] of [
      ['tcp', 1],
      ['udp', 2],
    ] as const)
      gateway.send(buildRequest(protocol, `10.64.0.2:${port}`, '100.80.1.2:443'));
    for (let second = 0; second < 20_000; second += 50) gateway.advance(50_000);
    expect(flowsOf(natUse)).toEqual([0, 0, 0]);
    expect(natUse.portsOf(0)).toEqual({ flows: 0, used: 0, shared: 0, capacity: 0 });
  });

  test('G10 agrees with the flows that are there, whatever comes and goes', () => {
    const packet = fc.record({
      protocol: fc.constantFrom('tcp', 'udp', 'echo'),
      port: fc.integer({ min: 1, max: 6 }),
      to: fc.constantFrom('100.80.1.2:443', '100.80.1.2:53', '192.0.2.7:80'),
      pauseMs: fc.integer({ min: 0, max: 90_000 }),
    });
    const story = fc.array(packet, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(story, (packets) => {
        const gateway = tellStory();
        for (const { protocol, port, to, pauseMs } of packets) {
          gateway.send(buildRequest(protocol, `10.64.0.2:${port}`, to));
          gateway.advance(pauseMs);
        }
        const flows = listFlows(gateway);
        const numbers = [[6], [17], [1, 58]];
        expect(flowsOf(gateway.natUse)).toEqual(
          numbers.map((kind) => flows.filter(({ protocol }) => kind.includes(protocol)).length),
        );
        for (const [index] of EGRESS.entries()) {
          const own = flows.filter(({ egressIndex }) => egressIndex === index);
          const ports = new Set(own.map((flow) => `${flow.protocol} ${flow.egress} ${flow.externalPort}`));
          const { flows: count, used, shared } = gateway.natUse.portsOf(index);
          expect({ count, used, shared }).toEqual({ count: own.length, used: ports.size, shared: 0 });
        }
      }),
      { numRuns: 60 },
    );
  });
});

function listFlows(gateway: ReturnType<typeof tellStory>): readonly WorkerFlow[] {
  gateway.post({ type: 'list-flows', request: 0, query: { limit: 1000 } });
  gateway.fetch();
  const [answer] = gateway.posted();
  if (answer?.type !== 'flows') throw new Error('Cannot go on: no answer');
  return answer.flows;
}
