import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OUTSIDE, PORTS, RECORD_WORDS } from '../../src/nat/flow-record.ts';
import { FlowTable } from '../../src/nat/flow-table.ts';
import { addressWords, splitEndpoint } from '../support/address-text.ts';
import { buildUdp } from '../support/build-packet.ts';
import { decoded } from '../support/nat-fixture.ts';

/** What a flow is known by: both ends inside, both ends outside. */
interface Ends {
  readonly client: string;
  readonly inner: string;
  readonly egress: string;
  readonly remote: string;
}

const FLOW: Ends = {
  client: '10.64.0.2:40000',
  inner: '100.80.1.2:53',
  egress: '203.0.113.5:2000',
  remote: '198.51.100.10:53',
};

const ANY = () => true;

function put(table: FlowTable, ends: Ends, protocol = 17): number {
  const [client, inner, egress, remote] = [ends.client, ends.inner, ends.egress, ends.remote].map(
    splitEndpoint,
  );
  if (!client || !inner || !egress || !remote) throw new Error('Cannot put flow: an end is missing');
  const id = table.allocate(pairOf(client.address, inner.address), pairOf(remote.address, egress.address));
  const base = id * RECORD_WORDS;
  table.words[base + PORTS] = (client.port << 16) | inner.port;
  table.words[base + OUTSIDE] = (egress.port << 16) | (protocol << 8) | 4;
  table.insert(id);
  return id;
}

/** Two addresses as the eight words that a packet has of them. */
function pairOf(one: string, other: string): Uint32Array {
  return Uint32Array.of(...addressWords(one), ...addressWords(other));
}

const outward = (ends: Ends) => decoded(buildUdp({ from: ends.client, to: ends.inner }));
const inward = (ends: Ends) => decoded(buildUdp({ from: ends.remote, to: ends.egress }));
const egressOf = (ends: Ends) => addressWords(splitEndpoint(ends.egress).address);

describe('FlowTable', () => {
  test('takes 92 bytes a flow for its record and 24 for what finds it, and reserves them whole', () => {
    const table = new FlowTable(65_536, 1);
    const before = table.byteLength;
    expect(before / table.capacity).toBe(116);
    for (let flow = 0; flow < 1000; flow++)
      put(table, { ...FLOW, client: `10.64.0.2:${flow}`, egress: `203.0.113.5:${flow + 2000}` });
    expect(table.byteLength).toBe(before);
  });

  test('keeps an address that flows have in common once, and as long as one of them lives', () => {
    const table = new FlowTable(8, 1);
    const ids = [1, 2, 3].map((host) =>
      put(table, { ...FLOW, remote: `198.51.100.${host}:53`, inner: `100.80.1.${host}:53` }),
    );
    // Client, egress address, and three synthetic ones.
    expect(table.sharedAddresses).toBe(5);
    const literal = put(table, { ...FLOW, remote: '198.51.100.9:53', inner: '198.51.100.9:53' });
    expect(table.sharedAddresses).toBe(5);
    for (const id of ids) table.remove(id);
    expect(table.sharedAddresses).toBe(2);
    expect(table.findInside(outward({ ...FLOW, inner: '198.51.100.9:53' }))).toBe(literal);
    table.remove(literal);
    expect(table.sharedAddresses).toBe(0);
  });

  test('has room for as many different addresses as its flows can have', () => {
    const table = new FlowTable(64, 1);
    const differing = (flow: number) => ({
      client: `10.64.0.${flow}:1`,
      inner: `100.80.0.${flow}:53`,
      egress: `203.0.113.${flow}:2000`,
      remote: `198.51.100.${flow}:53`,
    });
    for (let round = 0; round < 2; round++) {
      const ids = Array.from({ length: 64 }, (_, flow) => put(table, differing(flow + round)));
      expect(table.sharedAddresses).toBe(3 * 64);
      ids.forEach((id, flow) => {
        expect(table.findInside(outward(differing(flow + round)))).toBe(id);
        expect(table.findOutside(inward(differing(flow + round)))).toBe(id);
      });
      for (const id of ids) table.remove(id);
    }
  });

  test('finds a flow from either side', () => {
    const table = new FlowTable(4, 1);
    const id = put(table, FLOW);
    expect([table.findInside(outward(FLOW)), table.findOutside(inward(FLOW))]).toEqual([id, id]);
    expect([table.size, table.isLive(id), table.isLive(id + 1)]).toEqual([1, true, false]);
  });

  test.each([
    { part: 'client', ends: { ...FLOW, client: '10.64.0.3:40000' } },
    { part: 'client port', ends: { ...FLOW, client: '10.64.0.2:40001' } },
    { part: 'dialled address', ends: { ...FLOW, inner: '100.80.1.3:53' } },
    { part: 'dialled port', ends: { ...FLOW, inner: '100.80.1.2:54' } },
  ])('does not take another $part for the same flow', ({ ends }) => {
    const table = new FlowTable(4, 1);
    put(table, FLOW);
    expect(table.findInside(outward(ends))).toBe(-1);
  });

  test.each([
    { part: 'remote (U9)', ends: { ...FLOW, remote: '198.51.100.11:53' } },
    { part: 'remote port (U9)', ends: { ...FLOW, remote: '198.51.100.10:54' } },
    { part: 'egress address', ends: { ...FLOW, egress: '203.0.113.6:2000' } },
    { part: 'external port', ends: { ...FLOW, egress: '203.0.113.5:2001' } },
  ])('does not let another $part in', ({ ends }) => {
    const table = new FlowTable(4, 1);
    put(table, FLOW);
    expect(table.findOutside(inward(ends))).toBe(-1);
  });

  test('P6 does not take another protocol or family for the same flow', () => {
    const table = new FlowTable(4, 1);
    put(table, FLOW);
    const { addresses } = outward(FLOW);
    const outside = inward(FLOW).addresses;
    expect(table.findInsideKey(addresses, 40_000, 53, 17, 4)).toBe(0);
    expect(table.findInsideKey(addresses, 40_000, 53, 6, 4)).toBe(-1);
    expect(table.findInsideKey(addresses, 40_000, 53, 17, 6)).toBe(-1);
    expect(table.findOutsideKey(outside, 2000, 53, 17, 4)).toBe(0);
    expect(table.findOutsideKey(outside, 2000, 53, 6, 4)).toBe(-1);
    expect(table.findOutsideKey(outside, 2000, 53, 17, 6)).toBe(-1);
  });

  test('forgets, and gives the record to the next flow blank', () => {
    const table = new FlowTable(1, 1);
    const id = put(table, FLOW);
    expect(table.isFull).toBe(true);
    expect(table.remove(id)).toBe(true);
    expect([table.findInside(outward(FLOW)), table.findOutside(inward(FLOW))]).toEqual([-1, -1]);
    expect([table.size, table.isFull, table.isLive(id)]).toEqual([0, false, false]);
    table.words.fill(0xffff_ffff, PORTS, RECORD_WORDS);
    expect(table.allocate(new Uint32Array(8), new Uint32Array(8))).toBe(id);
    expect(table.words.subarray(PORTS, RECORD_WORDS).every((word) => word === 0)).toBe(true);
  });

  test('U1 T1 knows the port of an inside endpoint at each egress address', () => {
    const table = new FlowTable(8, 1);
    const elsewhere = { ...FLOW, inner: '100.80.9.9:53', egress: '203.0.113.77:3000' };
    put(table, FLOW);
    put(table, elsewhere);
    const next = outward({ ...FLOW, inner: '100.80.3.3:99' });
    expect(table.findMapping(next, egressOf(FLOW), ANY)).toBe(2000);
    expect(table.findMapping(next, egressOf(elsewhere), ANY)).toBe(3000);
    expect(table.findMapping(next, addressWords('203.0.113.6'), ANY)).toBe(-1);
    expect(table.findMapping(outward({ ...FLOW, client: '10.64.0.2:40001' }), egressOf(FLOW), ANY)).toBe(-1);
    expect(table.findMapping(outward({ ...FLOW, client: '10.64.0.3:40000' }), egressOf(FLOW), ANY)).toBe(-1);
  });

  test('U1 says when the last flow of a mapping has gone, in whatever order they go', () => {
    const flows = ['100.80.0.1:53', '100.80.0.2:53', '100.80.0.3:53'].map((inner, index) => ({
      ...FLOW,
      inner,
      remote: `198.51.100.${index + 1}:53`,
    }));
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const table = new FlowTable(4, 1);
      const ids = flows.map((ends) => put(table, ends));
      const verdicts = order.map((index) => {
        const last = table.remove(ids[index] ?? -1);
        return [last, table.findMapping(outward(FLOW), egressOf(FLOW), ANY)];
      });
      expect(verdicts).toEqual([
        [false, 2000],
        [false, 2000],
        [true, -1],
      ]);
    }
  });

  const flow = fc.record({
    client: fc.constantFrom('10.64.0.2:1', '10.64.0.2:2', '10.64.0.3:1'),
    inner: fc.constantFrom('100.80.0.1:80', '100.80.0.2:80', '100.80.0.1:81'),
    egress: fc.constantFrom('203.0.113.5:2000', '203.0.113.5:2001', '203.0.113.6:2000'),
    remote: fc.constantFrom('198.51.100.1:80', '198.51.100.2:80', '198.51.100.1:81'),
  });
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), flow }),
    fc.record({ do: fc.constant('remove' as const), pick: fc.nat(100) }),
  );

  test('agrees with a list of flows under random puts and removals', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(0xffff_ffff), (steps, seed) => {
        const table = new FlowTable(8, seed);
        const model: { id: number; flow: Ends }[] = [];
        const portOf = (one: Ends) => splitEndpoint(one.inner).port === splitEndpoint(one.remote).port;
        for (const action of steps) {
          if (action.do === 'remove' && model.length > 0) {
            const [gone] = model.splice(action.pick % model.length, 1);
            if (gone === undefined) continue;
            const left = model.some(
              ({ flow: other }) => other.client === gone.flow.client && other.egress === gone.flow.egress,
            );
            expect(table.remove(gone.id)).toBe(!left);
          }
          if (action.do !== 'put' || table.isFull || !portOf(action.flow)) continue;
          // No two flows share a key, and no two clients a port.
          const clashes = model.some(
            ({ flow: other }) =>
              (other.client === action.flow.client && other.inner === action.flow.inner) ||
              (other.egress === action.flow.egress &&
                (other.remote === action.flow.remote || other.client !== action.flow.client)),
          );
          if (!clashes) model.push({ id: put(table, action.flow), flow: action.flow });
        }
        expect(table.size).toBe(model.length);
        for (const { id, flow: ends } of model) {
          expect([table.findInside(outward(ends)), table.findOutside(inward(ends))]).toEqual([id, id]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
