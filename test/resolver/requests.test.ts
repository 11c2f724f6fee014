/** What is asked and how, before anything is looked up: D1, D5, D8–D10, D30–D32, FL-13. */
import { encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { zone } from './support/fake-upstream.ts';
import { encodeQuery, readReply, startLab } from './support/lab.ts';

const TEXT = zone([
  { type: 'TXT', name: 'big.example.com', ttl: 60, data: new Array(4).fill('x'.repeat(200)) },
  { type: 'TXT', name: 'huge.example.com', ttl: 60, data: new Array(20).fill('x'.repeat(200)) },
  { type: 'A', name: 'bank.example.com', ttl: 60, data: '192.0.2.198' },
]);
const QUERY = encodeQuery('bank.example.com', 'A');

/** The query with a 16-bit word replaced. */
function patched(at: number, value: number): Buffer {
  const bytes = Buffer.from(QUERY);
  bytes.writeUInt16BE(value, at);
  return bytes;
}

function withOpts(...opts: Array<{ version?: number; rdata?: Buffer }>): Buffer {
  const records = opts.map(({ version = 0, rdata = Buffer.alloc(0) }) =>
    Buffer.concat([Buffer.from([0, 0, 41, 4, 208, 0, version, 0, 0, 0, rdata.length]), rdata]),
  );
  const bytes = Buffer.concat([QUERY, ...records]);
  bytes.writeUInt16BE(opts.length, 10);
  return bytes;
}

describe('Resolver', () => {
  it.each([
    ['a response (D31, FL-12)', patched(2, 0x8100)],
    ['eleven bytes (D31)', QUERY.subarray(0, 11)],
    ['nothing at all (D31)', Buffer.alloc(0)],
  ])('Resolver does not answer %s', async (_, bytes) => {
    await using lab = await startLab([TEXT]);
    expect(await lab.send(bytes, 150)).toBeUndefined();
    expect(lab.resolver.counters.ignored).toBe(1);
  });

  it.each([
    ['opcode STATUS (D30)', patched(2, 0x1000), 4],
    ['opcode UPDATE (D30)', patched(2, 0x2800), 4],
    ['an unknown opcode (D30)', patched(2, 0x7800), 4],
    ['no question (D31)', patched(4, 0), 1],
    ['two questions (D31)', patched(4, 2), 1],
    ['65535 answers (FL-13)', patched(6, 0xffff), 1],
    ['a bare header (FL-13)', QUERY.subarray(0, 12), 1],
    ['half a question (FL-13)', QUERY.subarray(0, 20), 1],
    [
      'a pointer to itself in the question (FL-13)',
      Buffer.concat([QUERY.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
      1,
    ],
    ['0xC0 as its last byte (FL-13)', Buffer.concat([QUERY.subarray(0, 12), Buffer.from([0xc0])]), 1],
    [
      'a name of more than 255 bytes (D2, FL-13)',
      Buffer.concat([
        QUERY.subarray(0, 12),
        ...new Array(5).fill(Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 97)])),
        Buffer.from([0, 0, 1, 0, 1]),
      ]),
      1,
    ],
    ['two OPT records (D8)', withOpts({}, {}), 1],
    ['an OPT option that lies about its length (FL-13)', withOpts({ rdata: Buffer.from([0, 8, 0, 99]) }), 1],
    ['an OPT that is cut off (FL-13)', withOpts({}).subarray(0, -1), 1],
    ['bytes behind the message', Buffer.concat([QUERY, Buffer.from([0])]), 1],
    ['AXFR (D32)', encodeQuery('example.com', 'AXFR'), 5],
    ['IXFR (D32)', encodeQuery('example.com', 'IXFR'), 5],
    ['OPT as the type asked for', encodeQuery('example.com', 'OPT'), 1],
  ])('Resolver refuses a query with %s and goes on', async (_, bytes, rcode) => {
    await using lab = await startLab([TEXT]);
    const reply = await lab.send(bytes);
    expect(reply?.readUInt16BE(0)).toBe(0x4242);
    expect((reply?.readUInt16BE(2) ?? 0) & 0x800f).toBe(0x8000 | rcode);
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'NOERROR' });
    expect(lab.upstream.asked).toHaveLength(1);
  });

  it('Resolver answers an unknown EDNS version with BADVERS and its own version (D9)', async () => {
    await using lab = await startLab([TEXT]);
    const bytes = await lab.send(withOpts({ version: 1 }));
    const reply = readReply(bytes ?? Buffer.alloc(0));
    expect(reply.rcode).toBe('NOERROR');
    expect(reply.additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
  });

  it('Resolver takes EDNS, and sends OPT only to those who did (D4, D8)', async () => {
    await using lab = await startLab([TEXT]);
    expect((await lab.ask('bank.example.com', 'A')).additionals).toEqual([]);
    expect((await lab.ask('bank.example.com', 'A', { udpSize: 4096 })).additionals).toMatchObject([
      { type: 'OPT', udpPayloadSize: 1232 },
    ]);
  });

  it('Resolver answers with OPT also when it refuses a query that had one (D4)', async () => {
    await using lab = await startLab([TEXT]);
    const notify = withOpts({});
    notify.writeUInt16BE(0x2000, 2);
    const reply = readReply((await lab.send(notify)) ?? Buffer.alloc(0));
    expect(reply).toMatchObject({ rcode: 'NOTIMP', additionals: [{ type: 'OPT' }] });
  });

  it.each([
    ['big', undefined, true],
    ['big', 512, true],
    ['big', 100, true],
    ['big', 1232, false],
    ['huge', 4096, true],
    ['huge', 65_535, true],
  ])('Resolver with %s data and an EDNS size of %s says TC: %s (D10)', async (name, udpSize, truncated) => {
    await using lab = await startLab([TEXT]);
    const reply = await lab.ask(`${name}.example.com`, 'TXT', udpSize === undefined ? {} : { udpSize });
    expect(reply.flag_tc).toBe(truncated);
    expect(reply.bytes.length).toBeLessThanOrEqual(Math.min(Math.max(udpSize ?? 512, 512), 1232));
    expect(reply.answers).toHaveLength(truncated ? 0 : 1);
  });

  it('Resolver never sends a client’s subnet or other options on, and asks with EDNS 1232 (D25)', async () => {
    await using lab = await startLab([TEXT]);
    await lab.send(withOpts({ rdata: Buffer.from([0, 8, 0, 7, 0, 1, 24, 0, 10, 64, 0]) }));
    const [asked] = lab.upstream.asked;
    // The cookie is the resolver's own.
    expect(asked?.packet.additionals).toMatchObject([
      { type: 'OPT', udpPayloadSize: 1232, options: [{ code: 10 }] },
    ]);
    expect(asked?.bytes.includes(Buffer.from([10, 64, 0]))).toBe(false);
  });

  it('Resolver passes CD and DO on, and keeps their answers apart (D23)', async () => {
    await using lab = await startLab([TEXT]);
    await lab.ask('big.example.com', 'TXT', { udpSize: 1232 });
    await lab.ask('big.example.com', 'TXT', { udpSize: 1232, dnssecOk: true, flags: 0x0110 });
    await lab.ask('big.example.com', 'TXT', { udpSize: 1232, dnssecOk: true, flags: 0x0110 });
    expect(lab.upstream.asked.map(({ bytes }) => (bytes.readUInt16BE(2) & 0x10) !== 0)).toEqual([
      false,
      true,
    ]);
    expect(lab.upstream.asked.map(({ packet }) => packet.additionals?.[0])).toMatchObject([
      { flag_do: false },
      { flag_do: true },
    ]);
  });

  it('Resolver is silent towards everybody who is no client (D5)', async () => {
    await using lab = await startLab([TEXT], { accepts: () => false });
    expect(await lab.send(QUERY, 150)).toBeUndefined();
    expect(lab.resolver.counters).toMatchObject({ refusedClients: 1, queriesUdp: 0 });
    expect(lab.upstream.asked).toEqual([]);
  });

  it('Resolver passes other classes on (D1)', async () => {
    await using lab = await startLab([TEXT]);
    const query = encode({
      type: 'query',
      id: 1,
      flags: 0x100,
      questions: [{ type: 'TXT', name: 'version.bind', class: 'CH' }],
    });
    expect(await lab.send(query)).toBeDefined();
    expect(lab.upstream.asked[0]?.question).toMatchObject({ name: 'version.bind', class: 'CH' });
  });
});
