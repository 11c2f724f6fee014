/** A name that comes and goes: what was learned last is what counts, also when no upstream answers any more (D15, D17). */
import type { Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { type Script, zone } from './support/fake-upstream.ts';
import { startLab } from './support/lab.ts';

const QUICK = { limits: { upstreamPatienceMs: 100, upstreamDeadlineMs: 300 } };
const HOST = 'bank.example.com';
const THERE: readonly Answer[] = [
  { type: 'A', name: HOST, ttl: 60, data: '192.0.2.198' },
  { type: 'AAAA', name: HOST, ttl: 60, data: '2001:db8:2::c6' },
];
/** Absences are remembered for a quarter of an hour. */
const LONG_SOA: Answer = {
  type: 'SOA',
  name: 'example.com',
  ttl: 900,
  data: {
    ...{ mname: 'ns.example.com', rname: 'host.example.com', serial: 1, refresh: 1, retry: 1, expire: 1 },
    minimum: 900,
  },
};

/** Has the name's records for as long as `source.records` has them; silent while that is undefined. */
function changing(records: readonly Answer[]) {
  const source: { records: readonly Answer[] | undefined } = { records };
  const script: Script = (asked) => source.records && zone(source.records, LONG_SOA)(asked);
  return { source, script };
}

describe('Resolver', () => {
  it('Resolver tells no stale address of a name that it has learned to be gone (D17)', async () => {
    const { source, script } = changing(THERE);
    await using lab = await startLab([script], QUICK);
    for (const type of ['A', 'AAAA'] as const) await lab.ask(HOST, type);
    source.records = [];
    lab.pass(61_000);
    expect(await lab.ask(HOST, 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
    source.records = undefined;
    lab.pass(901_000);
    for (const type of ['AAAA', 'A'] as const)
      expect(await lab.ask(HOST, type), type).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(lab.resolver.counters.staleAnswers).toBe(2);
  });

  it('Resolver believes no absence longer than until it learns that the name is there (D15)', async () => {
    const { source, script } = changing([]);
    await using lab = await startLab([script]);
    expect(await lab.ask(HOST, 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
    source.records = THERE;
    // As for a lease that is in use.
    expect((await lab.resolver.lookUp(HOST, 4))?.addresses).toHaveLength(1);
    lab.pass(61_000);
    for (const type of ['A', 'AAAA'] as const)
      expect(await lab.ask(HOST, type), type).toMatchObject({ rcode: 'NOERROR', answers: [{ type }] });
  });

  it('Resolver tells that a name is gone as soon as it learns it, whatever was to be believed for longer (D15)', async () => {
    const { source, script } = changing(THERE);
    await using lab = await startLab([script]);
    await lab.ask(HOST, 'A');
    source.records = [];
    expect(await lab.resolver.lookUp(HOST, 4)).toBeUndefined();
    expect(await lab.ask(HOST, 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
  });
});
