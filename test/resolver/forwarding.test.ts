/** Which upstream is asked what: domains with upstreams of their own, the fastest one, questions in random case (D14). */
import { describe, expect, it } from 'vitest';
import { UpstreamHealth } from '../../src/resolver/upstream/upstream-health.ts';
import { FakeUpstream, type Script, SOA, zone } from './support/fake-upstream.ts';
import { startLab } from './support/lab.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const WORLD: Script = () => ({ rcode: 3 });

describe('Resolver', () => {
  it('Resolver asks the upstreams of the longest domain a name lies in, and nobody else', async () => {
    await using lab = await startLab([WORLD, WORLD, WORLD]);
    const [usual, corp, deep] = lab.upstreams.map(({ port }) => ({ address: LOOPBACK, port }));
    if (usual === undefined || corp === undefined || deep === undefined) throw new Error('three are needed');
    const forward = [
      { domains: ['corp.example', 'home.arpa'], upstreams: [corp] },
      { domains: ['deep.corp.example', '10.in-addr.arpa'], upstreams: [deep] },
    ];
    await using split = await startLab([WORLD], { upstreams: [usual], forward });
    const askedBy = async (name: string) => {
      await split.ask(name, 'A');
      return lab.upstreams.map((upstream) => upstream.count(name));
    };
    expect(await askedBy('www.example.com')).toEqual([1, 0, 0]);
    expect(await askedBy('corp.example')).toEqual([0, 1, 0]);
    expect(await askedBy('www.corp.example')).toEqual([0, 1, 0]);
    expect(await askedBy('x.deep.corp.example')).toEqual([0, 0, 1]);
    expect(await askedBy('notcorp.example')).toEqual([1, 0, 0]);
    // Special use is for those who are asked about nothing else (D21).
    expect(await askedBy('printer.home.arpa')).toEqual([0, 1, 0]);
    expect(await askedBy('1.0.0.10.in-addr.arpa')).toEqual([0, 0, 1]);
    expect(await askedBy('1.0.168.192.in-addr.arpa')).toEqual([0, 0, 0]);
    expect(await askedBy('x.localhost')).toEqual([0, 0, 0]);
  });

  it('Resolver believes an absence of nobody but those who know the domain: not the world about what is forwarded', async () => {
    const corp = await FakeUpstream.start(({ question: { name } }) =>
      name === 'www.corp.example'
        ? { answers: [{ type: 'A', name, ttl: 60, data: '192.0.2.198' }] }
        : { rcode: 3, authorities: [{ ...SOA, name: 'corp.example' }] },
    );
    // The world knows nothing of the domain above.
    const world: Script = () => ({ rcode: 3, authorities: [{ ...SOA, name: '.' }] });
    await using lab = await startLab([world], {
      forward: [{ domains: ['corp.example'], upstreams: [{ address: LOOPBACK, port: corp.port }] }],
    });
    expect((await lab.ask('example', 'A')).rcode).toBe('NXDOMAIN');
    expect((await lab.ask('www.corp.example', 'A')).answers).toMatchObject([{ data: '100.80.0.1' }]);
    // Inside the domain, and beside it, an absence still counts for all below it (D27).
    expect((await lab.ask('none.corp.example', 'A')).rcode).toBe('NXDOMAIN');
    expect((await lab.ask('deep.none.corp.example', 'A')).rcode).toBe('NXDOMAIN');
    expect((await lab.ask('other.example', 'A')).rcode).toBe('NXDOMAIN');
    expect(corp.asked.map(({ question }) => question.name)).toEqual([
      'www.corp.example',
      'none.corp.example',
    ]);
    expect(lab.upstream.asked).toHaveLength(1);
    await corp.stop();
  });

  it('Resolver does not ask the usual upstreams about a forwarded domain whose own are dead', async () => {
    const dead = await FakeUpstream.start(() => undefined);
    const upstreams = [{ address: LOOPBACK, port: dead.port }];
    await using lab = await startLab([WORLD], {
      forward: [{ domains: ['corp.example'], upstreams }],
      limits: { upstreamPatienceMs: 50, upstreamDeadlineMs: 200 },
    });
    expect((await lab.ask('www.corp.example', 'A')).rcode).toBe('SERVFAIL');
    expect(lab.upstream.asked).toEqual([]);
    await dead.stop();
  });

  it('Resolver asks in random case and takes only an answer in the same (D14)', async () => {
    const bank = zone([{ type: 'A', name: 'a-rather-long-name.example.com', ttl: 300, data: '192.0.2.198' }]);
    await using lab = await startLab([bank], { randomizeCase: true });
    const { answers } = await lab.ask('a-rather-long-name.example.com', 'A');
    expect(answers).toMatchObject([{ name: 'a-rather-long-name.example.com', data: '100.80.0.1' }]);
    const [asked] = lab.upstream.asked;
    expect(asked?.question.name).not.toBe('a-rather-long-name.example.com');
    expect(asked?.question.name.toLowerCase()).toBe('a-rather-long-name.example.com');
    expect(lab.upstream.asked).toHaveLength(1);
    expect(lab.synthesis.requests).toMatchObject([{ hostname: 'a-rather-long-name.example.com' }]);
  });

  it('Resolver asks a server that lower-cases over TCP, where nobody can lie (D14)', async () => {
    const lowering: Script = ({ question }) => {
      const name = question.name.toLowerCase();
      return {
        questions: [{ ...question, name }],
        answers: [{ type: 'A', name, ttl: 300, data: '192.0.2.198' }],
      };
    };
    await using lab = await startLab([lowering], { randomizeCase: true });
    expect((await lab.ask('bank.example.com', 'A')).answers).toMatchObject([{ data: '100.80.0.1' }]);
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(lab.upstream.asked[1]?.question.name).toBe('bank.example.com');
  });
});

describe('UpstreamHealth', () => {
  const servers = [1, 2, 3].map((port) => ({ address: LOOPBACK, port }));
  const [first, second, third] = servers;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three are needed');

  function orderOf(health: UpstreamHealth, nowMs: number): number[] {
    return health.order(nowMs).map(({ port }) => port);
  }

  it('UpstreamHealth tries each server once and then puts the fastest first', () => {
    const health = new UpstreamHealth(servers, 'fastest');
    expect([0, 1, 2].map((ms) => orderOf(health, ms)[0])).toEqual([1, 2, 3]);
    health.recordAnswer(first, 30, 3);
    health.recordAnswer(second, 10, 3);
    health.recordAnswer(third, 20, 3);
    expect(orderOf(health, 4)).toEqual([2, 3, 1]);
  });

  it('UpstreamHealth measures those it does not ask once a minute, and follows changes', () => {
    const health = new UpstreamHealth(servers.slice(0, 2), 'fastest');
    health.recordAnswer(first, 10, 0);
    health.recordAnswer(second, 30, 0);
    expect(orderOf(health, 59_999)).toEqual([1, 2]);
    expect(new Set([60_000, 60_001].map((ms) => orderOf(health, ms)[0]))).toEqual(new Set([1, 2]));
    expect(orderOf(health, 60_002)).toEqual([1, 2]);
    for (let index = 0; index < 20; index++) health.recordAnswer(second, 2, 60_003);
    expect(orderOf(health, 60_004)).toEqual([2, 1]);
  });

  it('UpstreamHealth keeps the configured order when that is the choice, the dead ones last', () => {
    const health = new UpstreamHealth(servers, 'ordered');
    health.recordAnswer(first, 30, 0);
    health.recordAnswer(third, 1, 0);
    expect(orderOf(health, 0)).toEqual([1, 2, 3]);
    health.recordFailure(first, 0, 'no reply in time');
    expect(orderOf(health, 1)).toEqual([2, 3, 1]);
    expect(health.status[0]).toMatchObject({
      failures: 1,
      lastFailure: { reason: 'no reply in time', atMs: 0 },
    });
    expect(orderOf(health, 1000)).toEqual([1, 2, 3]);
  });
});
