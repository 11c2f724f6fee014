import { describe, expect, test } from 'vitest';
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
});
