/** What clients get for names that exist, or do not: S5, D1, D15, D19, D23, D28. */
import type { Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/wire/address.ts';
import { encodeReply, type Script, zone } from './support/fake-upstream.ts';
import { extendedError, prefix, startLab } from './support/lab.ts';

const BANK: readonly Answer[] = [
  { type: 'A', name: 'bank.example.com', ttl: 300, data: '192.0.2.198' },
  { type: 'AAAA', name: 'bank.example.com', ttl: 300, data: '2001:db8:2::198' },
  { type: 'CNAME', name: 'www.example.com', ttl: 60, data: 'edge.example.com' },
  { type: 'CNAME', name: 'edge.example.com', ttl: 30, data: 'bank.example.com' },
  { type: 'TXT', name: 'text.example.com', ttl: 60, data: [Buffer.from('hello')] },
  { type: 'MX', name: 'mail.example.com', ttl: 60, data: { preference: 10, exchange: 'bank.example.com' } },
  { type: 'A', name: 'v4only.example.com', ttl: 60, data: '192.0.2.4' },
];

/** Whether any of the addresses stands anywhere in the bytes. */
function contains(bytes: Buffer, ...addresses: readonly number[][]): boolean {
  return addresses.some((address) => bytes.includes(Buffer.from(address)));
}

describe('Resolver', () => {
  it('Resolver answers A and AAAA with the synthetic address at the asked name, in its case (S5, D34)', async () => {
    await using lab = await startLab([zone(BANK)]);
    const four = await lab.ask('Bank.Example.COM', 'A');
    const six = await lab.ask('bank.example.com', 'AAAA');
    expect(four.answers).toMatchObject([
      { name: 'Bank.Example.COM', type: 'A', ttl: 20, data: '100.80.0.1' },
    ]);
    expect(six.answers).toMatchObject([{ name: 'bank.example.com', ttl: 20, data: '2606:4700:cf1:4000::1' }]);
    expect(lab.synthesis.requests).toMatchObject([
      {
        hostname: 'bank.example.com',
        family: 4,
        ttlSeconds: 300,
        addresses: [Uint8Array.of(192, 0, 2, 198)],
      },
      { hostname: 'bank.example.com', family: 6, ttlSeconds: 300 },
    ]);
    expect(contains(four.bytes, [192, 0, 2, 198])).toBe(false);
    expect(lab.synthesis.requests.map(({ client }) => formatAddress(client))).toEqual([
      '127.0.0.1',
      '127.0.0.1',
    ]);
  });

  it('Resolver follows a CNAME chain and shows nothing of it (S5)', async () => {
    await using lab = await startLab([zone(BANK)]);
    const reply = await lab.ask('www.example.com', 'A', { udpSize: 1232 });
    expect(reply.answers).toMatchObject([{ name: 'www.example.com', type: 'A', data: '100.80.0.1' }]);
    expect(reply.answers).toHaveLength(1);
    expect(reply.authorities).toEqual([]);
    expect(lab.synthesis.requests).toMatchObject([{ hostname: 'www.example.com', ttlSeconds: 30 }]);
    expect(reply.bytes.toString('latin1')).not.toContain('edge');
  });

  it('Resolver says that the answer is synthesized, and never AD, whatever the upstream claims (D18, D23)', async () => {
    const script = zone(BANK);
    await using lab = await startLab([
      async (asked) => encodeReply(asked, { ...((await script(asked)) as object), flags: 0x20 }),
    ]);
    const reply = await lab.ask('bank.example.com', 'A', { udpSize: 1232, dnssecOk: true, flags: 0x0130 });
    expect(extendedError(reply)).toBe(29);
    expect(reply).toMatchObject({ flag_ad: false, flag_cd: true, flag_ra: true, flag_aa: false });
    const text = await lab.ask('text.example.com', 'TXT');
    expect(text).toMatchObject({ flag_ad: false, answers: [{ type: 'TXT' }] });
  });

  it('Resolver mirrors NXDOMAIN with its SOA and the negative TTL (D15)', async () => {
    await using lab = await startLab([zone(BANK)]);
    const reply = await lab.ask('nobody.example.com', 'A');
    expect(reply).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
    expect(reply.authorities).toMatchObject([{ type: 'SOA', name: 'example.com', ttl: 5 }]);
    expect(lab.synthesis.requests).toEqual([]);
  });

  it('Resolver mirrors NODATA by type (D15)', async () => {
    await using lab = await startLab([zone(BANK)]);
    const reply = await lab.ask('v4only.example.com', 'AAAA');
    expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] });
  });

  it('Resolver answers NODATA for a family without range or egress (FL-47)', async () => {
    await using lab = await startLab([zone(BANK)]);
    lab.synthesis.result = 'unavailable';
    const reply = await lab.ask('bank.example.com', 'AAAA');
    expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(contains(reply.bytes, [0x20, 0x01, 0x0d, 0xb8])).toBe(false);
    // With an SOA, without which nobody remembers that there is no data (RFC 2308 section 5).
    expect(reply.authorities).toMatchObject([
      { type: 'SOA', name: 'bank.example.com', ttl: 60, data: { minimum: 60 } },
    ]);
  });

  it('Resolver answers SERVFAIL with a reason when no lease can be had, never the real address (FL-11)', async () => {
    await using lab = await startLab([zone(BANK)]);
    lab.synthesis.result = 'exhausted';
    const reply = await lab.ask('bank.example.com', 'A', { udpSize: 1232 });
    expect(reply).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
    expect(extendedError(reply)).toBe(0);
    expect(contains(reply.bytes, [192, 0, 2, 198])).toBe(false);
    expect(lab.resolver.counters.poolExhausted).toBe(1);
  });

  it('Resolver refuses to synthesize for a name no policy can spell (FL-32)', async () => {
    await using lab = await startLab([
      (asked) => {
        const reply = encodeReply(asked, { answers: [] });
        // The question's own bytes, then one A record for it.
        const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
        const head = Buffer.concat([asked.bytes.subarray(0, 21 + 8), record]);
        reply.copy(head, 0, 0, 12);
        head.writeUInt16BE(1, 6);
        return head;
      },
    ]);
    // The labels "bank.ex" (with a dot inside) and "com".
    const name = Buffer.from([7, ...Buffer.from('bank.ex'), 3, ...Buffer.from('com'), 0]);
    const query = Buffer.concat([
      Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      name,
      Buffer.from([0, 1, 0, 1]),
    ]);
    const reply = await lab.send(query);
    expect((reply?.[3] ?? 0) & 0xf).toBe(5);
    expect(reply?.subarray(12, 12 + name.length)).toEqual(name);
    expect(lab.synthesis.requests).toEqual([]);
  });
});

describe('Resolver, for other types', () => {
  it.each([
    ['TXT', 'text.example.com', { type: 'TXT', data: [Buffer.from('hello')] }],
    ['MX', 'mail.example.com', { type: 'MX', data: { preference: 10, exchange: 'bank.example.com' } }],
    ['CNAME', 'www.example.com', { type: 'CNAME', data: 'edge.example.com' }],
  ])(
    'Resolver passes %s on, without the addresses of the additional section (S5, D1)',
    async (type, name, answer) => {
      const script = zone(BANK);
      await using lab = await startLab([
        async (asked) =>
          encodeReply(asked, { ...((await script(asked)) as object), additionals: [...BANK.slice(0, 2)] }),
      ]);
      const reply = await lab.ask(name, type);
      expect(reply.answers).toMatchObject([answer]);
      expect(reply.additionals).toEqual([]);
      expect(contains(reply.bytes, [192, 0, 2, 198], [0x20, 1, 0xd, 0xb8])).toBe(false);
    },
  );

  it('Resolver passes unknown types byte by byte (D1)', async () => {
    const data = Buffer.from([1, 2, 3, 0xc0, 0xff]);
    await using lab = await startLab([
      () => ({
        answers: [{ type: 'UNKNOWN_65399', name: 'x.example.com', ttl: 9, data } as unknown as Answer],
      }),
    ]);
    const query = Buffer.from(
      '424201000001000000000000' + '0178076578616d706c6503636f6d00' + 'ff770001',
      'hex',
    );
    const reply = await lab.send(query);
    expect(reply?.readUInt16BE(6)).toBe(1);
    expect(reply?.includes(data)).toBe(true);
  });

  it.each([
    ['an A record beside the TXT', { answers: [...BANK.slice(4, 5), ...BANK.slice(0, 1)] }],
    [
      'an AAAA record in the authority section',
      { answers: [...BANK.slice(4, 5)], authorities: [...BANK.slice(1, 2)] },
    ],
  ])('Resolver relays nothing of a reply with %s (S5)', async (_, parts) => {
    await using lab = await startLab([() => parts]);
    const reply = await lab.ask('text.example.com', 'TXT', { udpSize: 1232 });
    expect(reply).toMatchObject({ rcode: 'SERVFAIL', answers: [], authorities: [] });
    expect(extendedError(reply)).toBe(24);
  });

  it('Resolver lets TTLs age, and keeps one TTL for a set of records (D29)', async () => {
    const answers: Answer[] = [
      { type: 'TXT', name: 'two.example.com', ttl: 100, data: 'a' },
      { type: 'TXT', name: 'two.example.com', ttl: 40, data: 'b' },
    ];
    await using lab = await startLab([() => ({ answers })]);
    await lab.ask('two.example.com', 'TXT');
    lab.pass(15_000);
    const reply = await lab.ask('two.example.com', 'TXT');
    expect(reply.answers?.map((answer) => ('ttl' in answer ? answer.ttl : undefined))).toEqual([25, 25]);
    expect(lab.upstream.asked).toHaveLength(1);
  });
});

describe('Resolver, for service bindings', () => {
  /** An HTTPS answer of raw record data. */
  function https(...rdatas: number[][]): Script {
    return (asked) => {
      const head = encodeReply(asked, { answers: [] });
      const records = rdatas.map((rdata) =>
        Buffer.from([0xc0, 12, 0, 65, 0, 1, 0, 0, 0, 60, 0, rdata.length, ...rdata]),
      );
      head.writeUInt16BE(rdatas.length, 6);
      return Buffer.concat([head, ...records]);
    };
  }
  const hints = [0, 4, 0, 4, 192, 0, 2, 198];
  const alpn = [0, 1, 0, 3, 2, 104, 51];

  it('Resolver strips the address hints of HTTPS and keeps the rest (D19)', async () => {
    await using lab = await startLab([https([0, 1, 0, 0, 0, 0, 2, 0, 4, ...alpn, ...hints])]);
    const query = Buffer.from(
      '424201000001000000000000' + '0178076578616d706c6503636f6d00' + '00410001',
      'hex',
    );
    const reply = await lab.send(query);
    expect(reply?.readUInt16BE(6)).toBe(1);
    expect(reply?.subarray(-10)).toEqual(Buffer.from([0, 1, 0, ...alpn]));
    expect(contains(reply ?? Buffer.alloc(0), [192, 0, 2, 198])).toBe(false);
  });

  it.each([
    ['AliasMode', [0, 0, 1, 97, 0]],
    ['another TargetName', [0, 1, 1, 97, 0, ...alpn]],
    ['broken parameters', [0, 1, 0, 0, 1, 0, 9]],
  ])('Resolver answers NODATA for an HTTPS record with %s (D19)', async (_, rdata) => {
    await using lab = await startLab([https(rdata)]);
    const query = Buffer.from(
      '424201000001000000000000' + '0178076578616d706c6503636f6d00' + '00410001',
      'hex',
    );
    const reply = await lab.send(query);
    expect([(reply?.[3] ?? 0xf) & 0xf, reply?.readUInt16BE(6)]).toEqual([0, 0]);
  });
});

describe('Resolver, against chains and rebinding', () => {
  it('Resolver fails fast on a CNAME loop, and follows twelve links (D28)', async () => {
    const loop: Answer[] = [
      { type: 'CNAME', name: 'a.example.com', ttl: 60, data: 'b.example.com' },
      { type: 'CNAME', name: 'b.example.com', ttl: 60, data: 'a.example.com' },
    ];
    const long: Answer[] = Array.from({ length: 12 }, (_, index) => ({
      type: 'CNAME',
      name: `c${index}.example.com`,
      ttl: 60,
      data: `c${index + 1}.example.com`,
    }));
    const end: Answer = { type: 'A', name: 'c12.example.com', ttl: 60, data: '192.0.2.12' };
    await using lab = await startLab([
      ({ question }) => ({ answers: question.name === 'a.example.com' ? loop : [...long, end] }),
    ]);
    expect(await lab.ask('a.example.com', 'A')).toMatchObject({ rcode: 'SERVFAIL' });
    expect(await lab.ask('c0.example.com', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
  });

  it.each([
    ['A', '127.0.0.1'],
    ['A', '10.1.2.3'],
    ['A', '169.254.169.254'],
    ['A', '192.168.1.1'],
    ['A', '100.64.0.1'],
    ['A', '100.80.0.7'],
    ['A', '203.0.113.9'],
    ['A', '0.0.0.0'],
    ['A', '224.0.0.251'],
    ['AAAA', '::1'],
    ['AAAA', '::ffff:127.0.0.1'],
    ['AAAA', 'fe80::1'],
    ['AAAA', 'fd00:64::1'],
    ['AAAA', '64:ff9b::a00:1'],
    ['AAAA', '2002:7f00:1::1'],
  ] as const)(
    'Resolver gives no address for a public name with %s %s, and says why (FL-14, A6)',
    async (type, data) => {
      await using lab = await startLab([
        () => ({ answers: [{ type, name: 'evil.example.com', ttl: 60, data }] }),
      ]);
      const reply = await lab.ask('evil.example.com', type, { udpSize: 1232 });
      expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [] });
      expect(extendedError(reply)).toBe(17);
      expect(lab.synthesis.requests).toEqual([]);
    },
  );

  it('Resolver lets through what allowPrivate names, and never the synthetic ranges (FL-14)', async () => {
    const script: Script = ({ question }) => ({
      answers: [
        {
          type: 'A',
          name: question.name,
          ttl: 60,
          data: question.name === 'nas.example' ? '10.9.0.1' : '100.80.3.3',
        },
      ],
    });
    await using lab = await startLab([script], {
      allowPrivate: [prefix('10.9.0.0/16'), prefix('100.64.0.0/10')],
    });
    expect(await lab.ask('nas.example', 'A')).toMatchObject({ answers: [{ data: '100.80.0.1' }] });
    expect(await lab.ask('loop.example', 'A')).toMatchObject({ answers: [] });
  });

  it('Resolver keeps the public addresses of a mixed answer, and at most 32 of them', async () => {
    const answers: Answer[] = Array.from({ length: 60 }, (_, index) => ({
      type: 'A',
      name: 'many.example.com',
      ttl: 60,
      data: index % 2 === 0 ? '10.0.0.1' : `192.0.2.${index}`,
    }));
    await using lab = await startLab([() => ({ answers })]);
    await lab.ask('many.example.com', 'A');
    expect(lab.synthesis.requests[0]?.addresses.map(([first]) => first)).toEqual(new Array(30).fill(192));
  });
});
