/** Counts by which transport alice's machine asks: what a program did, as against what it was told to do. */
import { runIn } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';

/** TCP is counted by connection attempts, UDP by datagrams; loopback does not count. */
const COUNTED = {
  dnsUdp: 'udp dport 53',
  dnsTcp: 'tcp dport 53 tcp flags & (syn | ack) == syn',
  dnsTls: 'tcp dport 853 tcp flags & (syn | ack) == syn',
  web: 'tcp dport { 80, 443 } tcp flags & (syn | ack) == syn',
  quic: 'udp dport 443',
} as const;

export type SentTraffic = Readonly<Record<keyof typeof COUNTED, number>>;

const TABLE = ['inet', 'sg_sent'] as const;

/** Adds the counters to alice's machine. */
export function countSentTraffic(lab: Lab): void {
  const entries = Object.entries(COUNTED);
  const counters = entries.map(([name]) => `counter ${name} { }`);
  const rules = entries.map(([name, what]) => `${what} counter name "${name}"`);
  const chain = `chain out { type filter hook output priority 0; oifname "eth0" jump kinds; }`;
  const text = `table ${TABLE.join(' ')} {\n${counters.join('\n')}\nchain kinds {\n${rules.join('\n')}\n}\n${chain}\n}\n`;
  runIn(lab, 'alice', ['nft', '-f', '-'], { input: text });
}

/** What was sent since the last call. */
export function takeSentTraffic(lab: Lab): SentTraffic {
  const listing = runIn(lab, 'alice', ['nft', 'reset', 'counters', 'table', ...TABLE]);
  const packetsOf = (name: string): number => {
    const found = new RegExp(`counter ${name} \\{\\s*packets (\\d+)`).exec(listing);
    if (found === null) throw new Error(`Cannot read what alice sent: no counter ${name} in '${listing}'`);
    return Number(found[1]);
  };
  return {
    dnsUdp: packetsOf('dnsUdp'),
    dnsTcp: packetsOf('dnsTcp'),
    dnsTls: packetsOf('dnsTls'),
    web: packetsOf('web'),
    quic: packetsOf('quic'),
  };
}
