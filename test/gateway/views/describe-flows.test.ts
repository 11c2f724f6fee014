import { describe, expect, test } from 'vitest';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import type { FlowFilter } from '../../../src/gateway/control/flow-record.ts';
import type { WorkerFlow } from '../../../src/gateway/datapath/reports/worker-flow.ts';
import { describeFlows } from '../../../src/gateway/views/describe-flows.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { addressBytes } from '../../support/address-text.ts';
import { EGRESS_SETTINGS } from '../../support/datapath-fixture.ts';
import { makePolicy } from '../../support/policy-fixture.ts';

const SURROUNDINGS = {
  inventory: new EgressInventory(EGRESS_SETTINGS),
  directory: new IdentityDirectory(makePolicy([]).identities),
};

function flow(change: Partial<WorkerFlow> = {}): WorkerFlow {
  return {
    protocol: 6,
    state: 'established',
    client: addressBytes('10.64.0.2'),
    clientPort: 40_000,
    inner: addressBytes('100.80.1.2'),
    remote: addressBytes('192.0.2.198'),
    remotePort: 443,
    egress: addressBytes('203.0.113.9'),
    externalPort: 5000,
    egressIndex: 0,
    host: 'bank.example.com',
    rule: { id: 'r1', name: 'bank' },
    method: 'dedicated',
    role: 'primary',
    ageSeconds: 10,
    idleSeconds: 2,
    packetsOut: 1,
    packetsIn: 2,
    bytesOut: 3,
    bytesIn: 4,
    ...change,
  };
}

const v6 = {
  client: addressBytes('fd00:64::3'),
  egress: addressBytes('2001:db8:9::5'),
  egressIndex: 4,
  protocol: 17,
};
const FLOWS = [
  flow({ ageSeconds: 30 }),
  flow({ ...v6, host: 'www.shop.example.com', rule: null, ageSeconds: 10 }),
  flow({ protocol: 1, host: null, egressIndex: 3, client: addressBytes('10.64.0.77'), ageSeconds: 20 }),
  flow({ protocol: 58, host: 'notshop.example.com', rule: { id: 'r2', name: 'other' }, ageSeconds: 40 }),
];
const hostsOf = (filter: FlowFilter) => describeFlows(FLOWS, filter, SURROUNDINGS).map(({ host }) => host);

describe('describeFlows', () => {
  test('writes a flow as people read it, with who is behind the client', () => {
    expect(describeFlows([flow()], {}, SURROUNDINGS)).toEqual([
      {
        protocol: 'tcp',
        state: 'established',
        client: { address: '10.64.0.2', port: 40_000 },
        user: 'alice@example.com',
        host: 'bank.example.com',
        destination: { address: '100.80.1.2', port: 443 },
        real: { address: '192.0.2.198', port: 443 },
        egress: { address: '203.0.113.9', port: 5000 },
        uplink: 'wan',
        rule: { id: 'r1', name: 'bank' },
        method: 'dedicated',
        role: 'primary',
        ageMs: 10_000,
        idleMs: 2000,
        packetsOut: 1,
        packetsIn: 2,
        bytesOut: 3,
        bytesIn: 4,
      },
    ]);
  });

  test('shows the newest first', () => {
    expect(hostsOf({})).toEqual(['www.shop.example.com', null, 'bank.example.com', 'notshop.example.com']);
  });

  test.each<[string, FlowFilter, (string | null)[]]>([
    ['a client', { client: '10.64.0.77' }, [null]],
    ['a client, however its address is spelt', { client: 'FD00:64:0::3' }, ['www.shop.example.com']],
    ['a name', { host: 'bank.example.com' }, ['bank.example.com']],
    ['a name, however it is spelt', { host: 'Bank.Example.COM.' }, ['bank.example.com']],
    ['a parent domain, whole labels only', { host: 'shop.example.com' }, ['www.shop.example.com']],
    ['an egress address', { egress: '2001:db8:9:0::5' }, ['www.shop.example.com']],
    ["a rule's id", { rule: 'r2' }, ['notshop.example.com']],
    ["a rule's name", { rule: 'other' }, ['notshop.example.com']],
    ['ICMP of both families', { protocol: 'icmp' }, [null, 'notshop.example.com']],
    ['UDP', { protocol: 'udp' }, ['www.shop.example.com']],
    ['two things at once', { protocol: 'icmp', rule: 'r1' }, [null]],
    ['what nobody has', { client: '192.0.2.1' }, []],
    ['text that is no address', { egress: 'nowhere' }, []],
    ['the newest only', { limit: 1 }, ['www.shop.example.com']],
    ['the newest that match', { rule: 'r1', limit: 1 }, [null]],
  ])('picks by %s', (_what, filter, expected) => expect(hostsOf(filter)).toEqual(expected));

  test('shows at most 1000 unless told, and names nobody behind an unknown client', () => {
    const many = Array.from({ length: 1200 }, (_, age) =>
      flow({ ageSeconds: age, client: addressBytes('10.64.0.99') }),
    );
    const shown = describeFlows(many, {}, SURROUNDINGS);
    expect(shown).toHaveLength(1000);
    expect(shown[0]).toMatchObject({ ageMs: 0, user: null });
    expect(describeFlows(many, { limit: 1100 }, SURROUNDINGS)).toHaveLength(1100);
  });
});
