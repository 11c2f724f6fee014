/**
 * A name server for sg-net that answers in as many ways as there are names below liar.example: the label in front of it
 * says which (`x.slow.liar.example` comes slowly). What is true is "truth", what is forged "poison". Prints a JSON line
 * (`LiarAsked`) for each question.
 */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from 'dns-packet';
import {
  type Asked,
  encodeReply,
  FakeUpstream,
  type Reply,
  type Script,
  SOA,
} from '../../test/resolver/support/fake-upstream.ts';

export interface LiarAsked {
  /** As it was asked, letter case included. */
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
  readonly port: number;
  readonly id: number;
  /** EDNS option codes. */
  readonly options: readonly number[];
  readonly dnssecOk: boolean;
  readonly atMs: number;
}

export const LIAR = { address: '192.0.2.54', otherAddress: '192.0.2.55', domain: 'liar.example' } as const;

const TRUE_ADDRESS = '192.0.2.20';
const DNS_PORT = 53;
const TC = 0x0200;
const ABSENT_SOA = { ...SOA, name: LIAR.domain };
const LONG_CHAIN = 12;

/** HTTPS record data: 1 . alpn=h3 with both hints, and what leads elsewhere (RFC 9460 section 2.2). */
const ALPN = '00010003026833';
const HINTS = '00040004c0000214' + '0006001020010db8000200000000000000000020';
const SERVICES: Readonly<Record<string, string>> = {
  hints: `000100${ALPN}${HINTS}`,
  mandatory: `000100${'0000000400010004'}${ALPN}${HINTS}`,
  port: `000100${ALPN}${'0003000201bb'}${HINTS}`,
  alias: '00000473686f70076578616d706c6503636f6d00',
  target: `00010473686f70076578616d706c6503636f6d00${ALPN}`,
  broken: '0001000001ffff',
};

const WAYS: Readonly<Record<string, Script>> = {
  wrongid: (asked) => [...[1, 2, 3, 4, 5].map((step) => withId(poison(asked), step)), truth(asked)],
  wrongquestion: (asked) => [
    poison({ ...asked, question: { ...asked.question, name: 'bank.example.com' } }),
    truth(asked),
  ],
  otheraddress: async (asked) => {
    await sendFrom(LIAR.otherAddress, DNS_PORT, poison(asked), asked);
    return truth(asked);
  },
  otherport: async (asked) => {
    await sendFrom(LIAR.address, 0, poison(asked), asked);
    return truth(asked);
  },
  lowercase: (asked) => truth(asked.transport === 'tcp' ? asked : inLowerCase(asked)),
  slow: (asked) => sleep(500, truth(asked)),
  late: (asked) => sleep(4000, poison(asked)),
  dead: () => undefined,
  once: (asked) => (isFirst(asked) ? encodeReply(asked, { answers: data(asked, 'truth', 1) }) : undefined),
  truncated: (asked) => (asked.transport === 'tcp' ? truth(asked) : { flags: TC }),
  tcpclosed: (asked) => (asked.transport === 'tcp' ? undefined : { flags: TC }),
  garbage: (asked) => truth(asked).subarray(0, -3),
  refused: () => ({ rcode: 5 }),
  servfail: () => ({ rcode: 2 }),
  nx: () => ({ rcode: 3, authorities: [ABSENT_SOA] }),
  nodata: () => ({ authorities: [ABSENT_SOA] }),
  loop: ({ question: { name } }) => ({
    answers: [cname(name, `other.${name}`), cname(`other.${name}`, name)],
  }),
  chain: (asked) => {
    const names = [
      asked.question.name,
      ...Array.from({ length: LONG_CHAIN }, (_, link) => `c${link}.liar.example`),
    ];
    const links = names.slice(1).map((name, index) => cname(names[index] ?? '', name));
    return { answers: [...links, { type: 'A', name: names.at(-1) ?? '', ttl: 60, data: TRUE_ADDRESS }] };
  },
  ttlzero: (asked) => ({ answers: data(asked, 'truth', 0) }),
  ttlhigh: (asked) => ({ answers: data(asked, 'truth', 0x8000_0005) }),
  ttlmixed: (asked) => ({ answers: [...data(asked, 'one', 300), ...data(asked, 'two', 7)] }),
  many: (asked) => (asked.transport === 'udp' ? { flags: TC } : { answers: manyAddresses(asked) }),
  big: (asked) => (asked.transport === 'udp' ? { flags: TC } : { answers: bigText(asked) }),
  address: (asked) => ({ answers: namedAddress(asked) }),
  service: serve,
  flips: (asked) => ({ answers: address(asked, isFirst(asked) ? TRUE_ADDRESS : '10.64.0.3', 5) }),
  changed: (asked) => ({ answers: address(asked, isFirst(asked) ? TRUE_ADDRESS : '192.0.2.60', 5) }),
};

const seen = new Set<string>();

if (process.argv[1] === import.meta.filename) {
  await FakeUpstream.start(
    (asked) => {
      tell(asked);
      const way = asked.question.name.toLowerCase().split('.').at(-3) ?? '';
      return (WAYS[way] ?? truth)(asked);
    },
    { address: LIAR.address, port: DNS_PORT },
  );
  console.log('ready');
}

function tell({ question, packet, transport, port }: Asked): void {
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  const told: LiarAsked = {
    name: question.name,
    type: question.type,
    transport,
    port,
    id: packet.id ?? 0,
    options: opt?.options.map(({ code }) => Number(code)) ?? [],
    dnssecOk: opt?.flag_do ?? false,
    atMs: Date.now(),
  };
  console.log(JSON.stringify(told));
}

function truth(asked: Asked): Buffer {
  return encodeReply(asked, answersFor(asked, 'truth', TRUE_ADDRESS));
}

function poison(asked: Asked): Buffer {
  return encodeReply(asked, answersFor(asked, 'poison', '192.0.2.66'));
}

function answersFor(asked: Asked, text: string, ipv4: string): Exclude<Reply, Buffer> {
  if (asked.question.type === 'A') return { answers: address(asked, ipv4, 60) };
  if (asked.question.type === 'TXT') return { answers: data(asked, text, 60) };
  return { authorities: [ABSENT_SOA] };
}

function data({ question }: Asked, text: string, ttl: number): Answer[] {
  return [{ type: 'TXT', name: question.name, ttl, data: text }];
}

function address({ question }: Asked, ipv4: string, ttl: number): Answer[] {
  return question.type === 'A' ? [{ type: 'A', name: question.name, ttl, data: ipv4 }] : [];
}

function cname(name: string, target: string): Answer {
  return { type: 'CNAME', name, ttl: 60, data: target };
}

/** The first label in hexadecimal: `7f000001.address.liar.example`. */
function namedAddress({ question }: Asked): Answer[] {
  const bytes = Buffer.from(question.name.split('.')[0] ?? '', 'hex');
  const { name } = question;
  if (bytes.length === 4 && question.type === 'A')
    return [{ type: 'A', name, ttl: 60, data: bytes.join('.') }];
  if (bytes.length !== 16 || question.type !== 'AAAA') return [];
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  return [{ type: 'AAAA', name, ttl: 60, data: groups.join(':') }];
}

function manyAddresses({ question }: Asked): Answer[] {
  return Array.from({ length: 300 }, (_, index) => ({
    type: 'A' as const,
    name: question.name,
    ttl: 60,
    data: index < 250 ? `192.0.2.${index + 1}` : `198.51.100.${index}`,
  }));
}

function bigText({ question }: Asked): Answer[] {
  return [{ type: 'TXT', name: question.name, ttl: 60, data: new Array(20).fill('x'.repeat(200)) }];
}

/** An HTTPS record of the kind that the first label names; dns-packet cannot write them. */
function serve(asked: Asked): Reply {
  const rdata = Buffer.from(SERVICES[asked.question.name.toLowerCase().split('.')[0] ?? ''] ?? '', 'hex');
  if (rdata.length === 0 || asked.bytes.readUInt16BE(questionEnd(asked) - 4) !== 65) return truth(asked);
  const reply = Buffer.concat([
    asked.bytes.subarray(0, questionEnd(asked)),
    Buffer.from([0xc0, 12, 0, 65, 0, 1, 0, 0, 0, 60, 0, rdata.length]),
    rdata,
  ]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(1, 6);
  reply.writeUInt16BE(0, 10);
  return reply;
}

function questionEnd({ bytes }: Asked): number {
  let at = 12;
  while (bytes[at] !== 0 && at < bytes.length) at += (bytes[at] ?? 0) + 1;
  return at + 5;
}

function withId(reply: Buffer, step: number): Buffer {
  const other = Buffer.from(reply);
  other.writeUInt16BE((reply.readUInt16BE(0) + step) & 0xffff, 0);
  return other;
}

function inLowerCase(asked: Asked): Asked {
  return { ...asked, question: { ...asked.question, name: asked.question.name.toLowerCase() } };
}

function isFirst({ question }: Asked): boolean {
  const key = `${question.name.toLowerCase()} ${question.type}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** Resolves when it has left, so that it arrives before what is sent afterwards. */
async function sendFrom(from: string, port: number, reply: Buffer, to: Asked): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(port, from, resolve));
  await new Promise((resolve) => socket.send(reply, to.port, to.address, resolve));
  socket.close();
}
