/** Cookies between clients and the resolver, and between the resolver and its upstreams (RFC 7873, D24). */
import { type Answer, encode, type Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { Asked, Reply } from '../../resolver/support/fake-upstream.ts';
import { readReply, startLab } from '../../resolver/support/lab.ts';

const CLIENT_COOKIE = Buffer.from('2464c4abcf10c957', 'hex');
const ANSWERS = [{ type: 'A' as const, name: 'bank.example.com', ttl: 60, data: '192.0.2.198' }];

/** dns-packet can write options it has no type for. */
function opt(cookie: Buffer | undefined, extendedRcode = 0): Answer {
  const options = cookie === undefined ? [] : [{ code: 10, data: cookie }];
  const fixed = { type: 'OPT' as const, name: '.', udpPayloadSize: 1232, ednsVersion: 0, flags: 0 };
  return { ...fixed, flag_do: false, extendedRcode, options } as unknown as Answer;
}

function query(cookie: Buffer | undefined, name = 'bank.example.com'): Buffer {
  const questions = [{ type: 'A' as const, name }];
  return encode({ type: 'query', id: 7, flags: 0x100, questions, additionals: [opt(cookie)] });
}

/** The cookie of a message, if it has one. */
function cookieOf(packet: Packet): Buffer | undefined {
  for (const record of packet.additionals ?? []) {
    for (const option of record.type === 'OPT' ? record.options : []) {
      const { code, data }: { code: number; data?: unknown } = option;
      if (code === 10 && Buffer.isBuffer(data)) return data;
    }
  }
  return undefined;
}

/** Answers everything, with what is done to its cookie. */
function server(cookieFor: (shown: Buffer) => Buffer | undefined): (asked: Asked) => Reply {
  return (asked) => ({
    answers: ANSWERS.map((answer) => ({ ...answer, name: asked.question.name })),
    additionals: [opt(cookieFor(cookieOf(asked.packet) ?? Buffer.alloc(0)))],
  });
}

const SERVER_PART = Buffer.from('0100000011223344aabbccddeeff0011', 'hex');
const honest = (shown: Buffer) => Buffer.concat([shown.subarray(0, 8), SERVER_PART]);

describe('Resolver, towards clients', () => {
  it('Resolver echoes the cookie of a client and adds one of its own, which it knows again (D24)', async () => {
    await using lab = await startLab([server(honest)]);
    const first = cookieOf(readReply((await lab.send(query(CLIENT_COOKIE))) ?? Buffer.alloc(0)));
    expect(first?.subarray(0, 8)).toEqual(CLIENT_COOKIE);
    expect(first).toHaveLength(24);
    expect(cookieOf(readReply((await lab.send(query(first))) ?? Buffer.alloc(0)))).toEqual(first);
  });

  it('Resolver answers a client that shows a stranger’s cookie, and gives it a good one (D24)', async () => {
    await using lab = await startLab([server(honest)]);
    const foreign = Buffer.concat([CLIENT_COOKIE, SERVER_PART]);
    const reply = readReply((await lab.send(query(foreign))) ?? Buffer.alloc(0));
    expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [{ data: '100.80.0.1' }] });
    expect(cookieOf(reply)).not.toEqual(foreign);
  });

  it('Resolver says nothing of cookies to those who do not (D24)', async () => {
    await using lab = await startLab([server(honest)]);
    expect(cookieOf(readReply((await lab.send(query(undefined))) ?? Buffer.alloc(0)))).toBeUndefined();
  });

  it.each([0, 7, 9, 15, 41])('Resolver refuses a cookie of %i bytes with FORMERR (D24)', async (length) => {
    await using lab = await startLab([server(honest)]);
    const reply = readReply((await lab.send(query(Buffer.alloc(length)))) ?? Buffer.alloc(0));
    expect(reply).toMatchObject({ rcode: 'FORMERR', additionals: [{ type: 'OPT', options: [] }] });
    expect(lab.upstream.asked).toEqual([]);
  });

  it('Resolver gives a cookie to a client that asks for nothing else (D24)', async () => {
    await using lab = await startLab([server(honest)]);
    const bare = (cookie: Buffer | undefined) =>
      encode({ type: 'query', id: 7, flags: 0x100, questions: [], additionals: [opt(cookie)] });
    const first = readReply((await lab.send(bare(CLIENT_COOKIE))) ?? Buffer.alloc(0));
    expect(first).toMatchObject({ id: 7, rcode: 'NOERROR', questions: [], answers: [] });
    const cookie = cookieOf(first);
    expect(cookie).toHaveLength(24);
    expect(cookieOf(readReply((await lab.send(query(cookie))) ?? Buffer.alloc(0)))).toEqual(cookie);
    for (const wrong of [bare(undefined), bare(Buffer.alloc(9)), bare(CLIENT_COOKIE).subarray(0, -1)])
      expect(readReply((await lab.send(wrong)) ?? Buffer.alloc(0)).rcode).toBe('FORMERR');
  });

  it('Resolver under a flood in a client’s name answers whoever shows its cookie, and tells others which (D24)', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const script = server(honest);
    await using lab = await startLab(
      [
        async (asked): Promise<Reply> => {
          if (asked.question.name.startsWith('held')) await held;
          return script(asked);
        },
      ],
      { limits: { queriesPerClient: 2 } },
    );
    const good = cookieOf(readReply((await lab.send(query(CLIENT_COOKIE))) ?? Buffer.alloc(0)));
    const flood = ['held1.example.com', 'held2.example.com'].map((name) => lab.send(query(undefined, name)));
    await expect.poll(() => lab.upstream.asked.length).toBe(3);

    expect(await lab.send(query(undefined), 150)).toBeUndefined();
    const challenge = readReply((await lab.send(query(CLIENT_COOKIE))) ?? Buffer.alloc(0));
    // BADCOOKIE is 23: 7 in the header, 1 in OPT.
    expect(challenge.bytes.readUInt16BE(2) & 0xf).toBe(7);
    expect(challenge).toMatchObject({ answers: [], additionals: [{ extendedRcode: 1 }] });
    for (const shown of [good, cookieOf(challenge)]) {
      const reply = readReply((await lab.send(query(shown))) ?? Buffer.alloc(0));
      expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [{ data: '100.80.0.1' }] });
    }
    expect(lab.resolver.counters).toMatchObject({ clientOverload: 2, byRcode: { 23: 1 } });
    release();
    await Promise.all(flood);
  });
});

describe('Resolver, towards upstreams', () => {
  const ask = (lab: Awaited<ReturnType<typeof startLab>>, name: string) => lab.ask(name, 'A');

  it('Resolver shows an upstream a cookie of its own, and then the one it was given (D24)', async () => {
    await using lab = await startLab([server(honest)]);
    for (const name of ['a.example.com', 'b.example.com']) await ask(lab, name);
    const [first, second] = lab.upstream.asked.map(({ packet }) => cookieOf(packet));
    expect(first).toHaveLength(8);
    expect(second).toEqual(Buffer.concat([first ?? Buffer.alloc(0), SERVER_PART]));
  });

  it('Resolver shows each upstream another cookie (D24)', async () => {
    await using lab = await startLab([() => ({ rcode: 2 }), server(honest)]);
    await ask(lab, 'a.example.com');
    const [one, other] = lab.upstreams.map(({ asked }) => cookieOf(asked[0]?.packet ?? {}));
    expect(one).toHaveLength(8);
    expect(other).toHaveLength(8);
    expect(one).not.toEqual(other);
  });

  it('Resolver passes over a reply with another’s cookie, and takes the right one (D11, D24)', async () => {
    const liar = server(() => Buffer.from('ffffffffffffffff', 'hex'));
    const good = server(honest);
    await using lab = await startLab([(asked) => [liar(asked), good(asked)]]);
    expect(await ask(lab, 'a.example.com')).toMatchObject({ rcode: 'NOERROR', answers: [{ type: 'A' }] });
    expect(lab.resolver.counters.upstreamMismatches).toBe(1);
  });

  it('Resolver believes no reply without a cookie of a server that gives them: it asks over TCP (D11, D24)', async () => {
    let lies = false;
    const good = server(honest);
    const forged = server(() => undefined);
    await using lab = await startLab([
      (asked) => (lies && asked.transport === 'udp' ? forged(asked) : good(asked)),
    ]);
    await ask(lab, 'a.example.com');
    lies = true;
    expect(await ask(lab, 'b.example.com')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'tcp']);
    lies = false;
    await ask(lab, 'c.example.com');
    expect(cookieOf(lab.upstream.asked[3]?.packet ?? {})).toHaveLength(24);
  });

  it('Resolver lets a forged FORMERR not talk it out of cookies (D24)', async () => {
    let lies = false;
    const good = server(honest);
    await using lab = await startLab([
      (asked) => (lies && asked.transport === 'udp' ? { rcode: 1 } : good(asked)),
    ]);
    await ask(lab, 'a.example.com');
    lies = true;
    expect(await ask(lab, 'b.example.com')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'tcp']);
  });

  it('Resolver asks a server that gives no cookies any more over TCP once, and then as before (D24)', async () => {
    let gives = true;
    await using lab = await startLab([server((shown) => (gives ? honest(shown) : undefined))]);
    await ask(lab, 'a.example.com');
    gives = false;
    for (const name of ['b.example.com', 'c.example.com']) await ask(lab, name);
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'tcp', 'udp']);
  });

  it('Resolver shows the cookie that a BADCOOKIE brings, and goes to TCP when that does not help (D24)', async () => {
    const isShown = (asked: Asked) => (cookieOf(asked.packet)?.length ?? 0) > 8;
    const bad = (asked: Asked): Reply => ({
      rcode: 7,
      additionals: [opt(honest(cookieOf(asked.packet) ?? Buffer.alloc(0)), 1)],
    });
    const good = server(honest);
    let stubborn = false;
    await using lab = await startLab([
      (asked) => (asked.transport === 'udp' && (stubborn || !isShown(asked)) ? bad(asked) : good(asked)),
    ]);
    expect(await ask(lab, 'a.example.com')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked).toHaveLength(2);
    stubborn = true;
    expect(await ask(lab, 'b.example.com')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked.map(({ transport }) => transport)).toEqual(['udp', 'udp', 'udp', 'udp', 'tcp']);
  });

  it('Resolver asks a server that stumbles over the option without EDNS (D4, D24)', async () => {
    const good = server(() => undefined);
    await using lab = await startLab([
      (asked) =>
        asked.packet.additionals?.length === 0 ? good(asked) : { rcode: 1, additionals: [opt(undefined)] },
    ]);
    expect(await ask(lab, 'a.example.com')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked).toHaveLength(2);
  });
});
