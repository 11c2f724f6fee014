/** Upstreams that are slow, dead or dishonest: D11–D13, D15, D16, FL-15. */
import { describe, expect, it } from 'vitest';
import { encodeReply, type Script, SOA, zone } from './support/fake-upstream.ts';
import { extendedError, startLab } from './support/lab.ts';

const BANK = zone([{ type: 'A', name: 'bank.example.com', ttl: 300, data: '192.0.2.198' }]);
const SILENT: Script = () => undefined;
const QUICK = { limits: { upstreamPatienceMs: 100, upstreamDeadlineMs: 400 } };

function refuse(rcode: number): Script {
  return () => ({ rcode });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('Resolver', () => {
  it('Resolver takes only the reply with its id and its question, and counts the others (D11, FL-15)', async () => {
    await using lab = await startLab([
      (asked) => {
        const good = encodeReply(asked, {
          answers: [{ type: 'A', name: 'bank.example.com', ttl: 9, data: '192.0.2.198' }],
        });
        const bad = {
          answers: [{ type: 'A' as const, name: 'bank.example.com', ttl: 9, data: '192.0.2.66' }],
        };
        const wrongId = encodeReply(asked, bad);
        wrongId.writeUInt16BE((wrongId.readUInt16BE(0) + 1) & 0xffff, 0);
        const wrongQuestion = encodeReply(
          { ...asked, question: { type: 'A', name: 'shop.example.com' } },
          bad,
        );
        const wrongCase = encodeReply({ ...asked, question: { type: 'A', name: 'BANK.example.com' } }, bad);
        const wrongType = encodeReply(
          { ...asked, question: { type: 'AAAA', name: 'bank.example.com' } },
          bad,
        );
        const query = encodeReply(asked, bad);
        query.writeUInt16BE(0x0100, 2);
        return [wrongId, wrongQuestion, wrongCase, wrongType, query, Buffer.alloc(3), good];
      },
    ]);
    await lab.ask('bank.example.com', 'A');
    expect(lab.synthesis.requests[0]?.addresses).toEqual([Uint8Array.of(192, 0, 2, 198)]);
    expect(lab.resolver.counters.upstreamMismatches).toBe(6);
  });

  it('Resolver goes to TCP when somebody guesses at its ids (D11)', async () => {
    const script: Script = (asked) => {
      if (asked.transport === 'tcp') return BANK(asked);
      return Array.from({ length: 40 }, (_, index) => {
        const guess = encodeReply(asked, {
          answers: [{ type: 'A', name: 'bank.example.com', ttl: 9, data: '192.0.2.66' }],
        });
        guess.writeUInt16BE(((asked.packet.id ?? 0) + 1 + index) & 0xffff, 0);
        return guess;
      });
    };
    await using lab = await startLab([script]);
    await lab.ask('bank.example.com', 'A');
    expect(lab.synthesis.requests[0]?.addresses).toEqual([Uint8Array.of(192, 0, 2, 198)]);
  });

  it('Resolver asks with random ids from random ports (D12)', async () => {
    await using lab = await startLab([BANK]);
    for (let index = 0; index < 200; index++) await lab.ask(`n${index}.example.com`, 'A');
    const ids = lab.upstream.asked.map(({ packet }) => packet.id ?? 0);
    const ports = new Set(lab.upstream.asked.map(({ port }) => port));
    expect(new Set(ids).size).toBeGreaterThan(190);
    expect(ports.size).toBeGreaterThan(180);
    const sequential = ids.filter((id, index) => index > 0 && id === (ids[index - 1] ?? 0) + 1);
    expect(sequential.length).toBeLessThan(5);
    expect(ids.filter((id) => id >= 0x8000).length).toBeGreaterThan(60);
    expect(ids.filter((id) => id < 0x8000).length).toBeGreaterThan(60);
  });

  it('Resolver asks once for a name that many ask for at one time (D13)', async () => {
    await using lab = await startLab([
      async (asked) => sleep(100).then(() => encodeReply(asked, { rcode: 3, authorities: [SOA] })),
    ]);
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        lab.ask(index % 2 === 0 ? 'slow.example.com' : 'SLOW.example.com', 'A'),
      ),
    );
    expect(new Set(replies.map(({ rcode }) => rcode))).toEqual(new Set(['NXDOMAIN']));
    expect(lab.upstream.asked).toHaveLength(1);
    expect(lab.resolver.counters.coalesced).toBe(99);
  });

  it('Resolver fetches over TCP what the upstream truncates (D3)', async () => {
    await using lab = await startLab([
      (asked) => (asked.transport === 'udp' ? { flags: 0x0200 } : BANK(asked)),
    ]);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  it.each<[string, Script, number]>([
    ['is silent', SILENT, 22],
    [
      'truncates and then closes TCP',
      ({ transport }) => (transport === 'udp' ? { flags: 0x0200 } : undefined),
      23,
    ],
    [
      'sends garbage behind the question',
      (asked) => Buffer.concat([encodeReply(asked, {}), Buffer.alloc(9, 0xc0)]),
      23,
    ],
    ['claims records it does not send', (asked) => Buffer.from(encodeReply(asked, {})).fill(1, 6, 8), 23],
    ['answers SERVFAIL', refuse(2), 22],
    ['answers NOTIMP', refuse(4), 22],
  ])(
    'Resolver answers SERVFAIL with a reason within the deadline when the upstream %s (FL-15, D18)',
    async (_, script, code) => {
      await using lab = await startLab([script], QUICK);
      const startedAt = performance.now();
      const reply = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
      expect(reply).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
      expect(extendedError(reply)).toBe(code);
      expect(performance.now() - startedAt).toBeLessThan(1500);
    },
  );

  it.each([1, 4])('Resolver asks without EDNS where OPT earns rcode %i (D4)', async (rcode) => {
    const old: Script = (asked) => ((asked.packet.additionals?.length ?? 0) > 0 ? { rcode } : BANK(asked));
    await using lab = await startLab([old]);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
    expect(lab.upstream.asked).toHaveLength(2);
  });

  it('Resolver mirrors REFUSED', async () => {
    await using lab = await startLab([refuse(5)]);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'REFUSED' });
  });

  it.each<[string, Script]>([
    ['silent', SILENT],
    ['failing', refuse(2)],
    ['refusing', refuse(5)],
    ['malformed', (asked) => Buffer.concat([encodeReply(asked, {}), Buffer.alloc(1)])],
  ])(
    'Resolver turns to the second upstream when the first is %s, soon and then at once (FL-15)',
    async (_, script) => {
      await using lab = await startLab([script, BANK], { limits: { upstreamPatienceMs: 150 } });
      const startedAt = performance.now();
      expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
      expect(performance.now() - startedAt).toBeLessThan(1000);
    },
  );

  it('Resolver asks a dead upstream no more than now and then, and takes it back when it lives (D16)', async () => {
    let alive = false;
    await using lab = await startLab([(asked) => (alive ? BANK(asked) : undefined), BANK], {
      limits: { upstreamPatienceMs: 200 },
    });
    const [first] = lab.upstreams;
    for (let index = 0; index < 20; index++) await lab.ask(`n${index}.example.com`, 'A');
    expect(first?.asked.length).toBeLessThan(4);
    alive = true;
    lab.pass(60_000);
    await lab.ask('back.example.com', 'A');
    const before = first?.asked.length ?? 0;
    await lab.ask('again.example.com', 'A');
    expect(first?.asked.length).toBe(before + 1);
  });

  it('Resolver answers when a slow upstream answers late, without waiting for its retries', async () => {
    await using lab = await startLab(
      [async (asked) => sleep(250).then(() => encodeReply(asked, { rcode: 3, authorities: [SOA] }))],
      QUICK,
    );
    expect(await lab.ask('slow.example.com', 'A')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  it('Resolver does not storm a dead upstream: it remembers the failure, longer each time (D16, RFC 9520)', async () => {
    await using lab = await startLab([SILENT], {
      limits: { upstreamPatienceMs: 20, upstreamDeadlineMs: 400 },
    });
    const first = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
    const second = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
    expect([first, second].map(extendedError)).toEqual([22, 13]);
    expect(lab.upstream.asked).toHaveLength(3);
    lab.pass(1100);
    await lab.ask('bank.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(6);
    lab.pass(1100);
    await lab.ask('bank.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(6);
    lab.pass(30_000);
    await lab.ask('bank.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(9);
  });

  it('Resolver remembers that a name is absent, for any type and for the SOA minimum (D15)', async () => {
    await using lab = await startLab([BANK]);
    for (const type of ['A', 'AAAA', 'TXT'] as const) {
      const reply = await lab.ask('none.example.com', type);
      expect(reply).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
      expect(reply.authorities).toMatchObject([
        { type: 'SOA', name: 'example.com', ttl: 5, data: { minimum: 5 } },
      ]);
    }
    expect(lab.upstream.asked).toHaveLength(1);
    lab.pass(5100);
    await lab.ask('none.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(2);
  });

  it('Resolver remembers that a type is absent, for that type alone (D15)', async () => {
    await using lab = await startLab([BANK]);
    for (const type of ['AAAA', 'AAAA', 'TXT', 'TXT', 'A'] as const) await lab.ask('bank.example.com', type);
    expect(lab.upstream.asked.map(({ question }) => question.type)).toEqual(['AAAA', 'TXT', 'A']);
  });

  it('Resolver asks nothing below a name that does not exist, and everything beside it (D27, FL-11)', async () => {
    await using lab = await startLab([BANK]);
    await lab.ask('none.example.com', 'A');
    for (const label of ['a', 'b.c', 'rand123']) {
      const reply = await lab.ask(`${label}.none.example.com`, 'A');
      expect(reply).toMatchObject({ rcode: 'NXDOMAIN', authorities: [{ type: 'SOA', name: 'example.com' }] });
    }
    expect(lab.upstream.asked).toHaveLength(1);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'NOERROR' });
    await lab.ask('notnone.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(3);
  });

  it('Resolver relays NXDOMAIN with its proofs to those who ask for them (D23)', async () => {
    await using lab = await startLab([BANK]);
    await lab.ask('none.example.com', 'A');
    await lab.ask('none.example.com', 'A', { udpSize: 1232, dnssecOk: true });
    expect(lab.upstream.asked).toHaveLength(2);
  });

  it('Resolver tells what has run out when no upstream answers, says so, and asks again later (D17, D18)', async () => {
    let alive = true;
    const script: Script = (asked) => (alive ? BANK(asked) : undefined);
    await using lab = await startLab([script], QUICK);
    await lab.ask('bank.example.com', 'A');
    await lab.ask('bank.example.com', 'TXT');
    alive = false;
    lab.pass(310_000);
    const asked = lab.upstream.asked.length;
    const stale = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
    expect(stale).toMatchObject({ rcode: 'NOERROR', answers: [{ data: '100.80.0.1' }] });
    expect(extendedError(stale)).toBe(3);
    expect(lab.synthesis.requests.at(-1)).toMatchObject({ ttlSeconds: 30 });
    const tries = lab.upstream.asked.length;
    expect(tries).toBeGreaterThan(asked);
    await lab.ask('bank.example.com', 'A');
    expect(lab.upstream.asked.length).toBe(tries);
    expect((await lab.ask('bank.example.com', 'TXT')).authorities).toMatchObject([{ type: 'SOA', ttl: 30 }]);
    alive = true;
    lab.pass(31_000);
    expect(extendedError(await lab.ask('bank.example.com', 'A', { udpSize: 1232 }))).toBe(29);
  });

  it('Resolver tells nothing older than an hour past its time (D17)', async () => {
    let alive = true;
    const script: Script = (asked) => (alive ? BANK(asked) : undefined);
    await using lab = await startLab([script], QUICK);
    await lab.ask('bank.example.com', 'A');
    alive = false;
    lab.pass((300 + 3600) * 1000);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it.each([
    ['0', 0, 2],
    ['2^31', 0x8000_0000, 2],
    ['300', 300, 1],
  ])('Resolver asks again for a TTL of %s as often as it should (D29)', async (_, ttl, times) => {
    await using lab = await startLab([
      (asked) => {
        const reply = encodeReply(asked, {
          answers: [{ type: 'A', name: 'x.example.com', ttl: 7, data: '192.0.2.1' }],
        });
        reply.writeUInt32BE(ttl, reply.length - 10);
        return reply;
      },
    ]);
    await lab.ask('x.example.com', 'A');
    await lab.ask('x.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(times);
  });

  it('Resolver believes nothing for longer than a day (D29)', async () => {
    await using lab = await startLab([
      () => ({ answers: [{ type: 'A', name: 'x.example.com', ttl: 604_800, data: '192.0.2.1' }] }),
    ]);
    await lab.ask('x.example.com', 'A');
    expect(lab.synthesis.requests[0]?.ttlSeconds).toBe(86_400);
    lab.pass(86_401_000);
    await lab.ask('x.example.com', 'A');
    expect(lab.upstream.asked).toHaveLength(2);
  });

  it('Resolver keeps its cache within its bounds (FL-11)', async () => {
    await using lab = await startLab([BANK], { limits: { cacheEntries: 10 } });
    for (let index = 0; index < 30; index++) await lab.ask(`n${index}.example.com`, 'A');
    expect(lab.resolver.status.cache.entries).toBe(10);
  });

  it('Resolver answers SERVFAIL at once when too many questions are under way, and cached names still (FL-11)', async () => {
    const script: Script = (asked) => (asked.question.name === 'bank.example.com' ? BANK(asked) : undefined);
    await using lab = await startLab([script], { limits: { upstreamQuestions: 5, upstreamDeadlineMs: 400 } });
    await lab.ask('bank.example.com', 'A');
    const replies = Promise.all(
      Array.from({ length: 8 }, (_, index) => lab.ask(`rand${index}.example.com`, 'A')),
    );
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
    expect((await replies).every(({ rcode }) => rcode === 'SERVFAIL')).toBe(true);
    expect(lab.resolver.counters.upstreamOverload).toBe(3);
  });

  it('Resolver drops what one client asks beyond its share', async () => {
    await using lab = await startLab([SILENT], { limits: { queriesPerClient: 4, upstreamDeadlineMs: 200 } });
    const names = Array.from({ length: 7 }, (_, index) => `r${index}.example.com`);
    const outcomes = await Promise.allSettled(names.map((name) => withTimeout(lab.ask(name, 'A'), 1500)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(lab.resolver.counters.clientOverload).toBe(3);
  });
});

function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  promise.catch(() => undefined);
  return Promise.race([
    promise,
    sleep(ms).then(() => {
      throw new Error('no reply');
    }),
  ]);
}
