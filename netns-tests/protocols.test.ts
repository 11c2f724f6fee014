/** Whatever the protocol, the name decides the source: TCP, UDP and ping, for people with an identity and without. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, runIn, tryRunIn } from './lab/command.ts';
import { EGRESS } from './lab/topology.ts';
import { isEgress6 } from './support/address-sets.ts';
import { curl, whoamiShape } from './support/clients.ts';
import { captureAtSite } from './support/probe.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
/** Addresses of the clients' ranges that no device has. */
const ANONYMOUS = { 4: '10.64.0.77', 6: 'fd00:64::77' } as const;

describe.each([4, 6] as const)('towards an application with a rule, over IPv%i', (family) => {
  test.each([
    ['ping', 'echo request', ['ping', `-${family}`, '-c1', '-W2', 'slack.com']],
    [
      'UDP',
      '.7:',
      ['bash', '-c', `echo syngate > /dev/udp/$(dig +short slack.com ${family === 4 ? 'A' : 'AAAA'})/7`],
    ],
    ['TCP', '.80:', ['curl', '-sS', `-${family}`, '-o', '/dev/null', 'http://slack.com/']],
  ])("%s leaves from the rule's egress", async (_protocol, last, command) => {
    const lines = await captureAtSite(lab, {
      site: 'slack.com',
      last,
      act: () => void tryRunIn(lab, 'alice', command),
    });
    const sources = new Set(lines.map((line) => sourceOf(line)));
    expect(sources.size, lines.join('\n')).toBe(1);
    const [source = ''] = sources;
    expect(family === 4 ? source === EGRESS.other : isEgress6(source), source).toBe(true);
  });
});

describe('a client whose address no device has', () => {
  beforeAll(() => {
    for (const address of Object.values(ANONYMOUS))
      run(['ip', '-n', lab.namespaces.bob, 'addr', 'add', address, 'dev', 'eth0']);
  });
  afterAll(() => {
    for (const address of Object.values(ANONYMOUS))
      tryRunIn(lab, 'bob', ['ip', 'addr', 'del', address, 'dev', 'eth0']);
  });

  test.each([
    ['bank.example.com', EGRESS.default4],
    ['slack.com', EGRESS.other],
  ])('reaches %s as nobody in particular, from %s', (host, expected) => {
    const { stdout } = curl(lab, 'bob', ['-4', '--interface', ANONYMOUS[4], `https://${host}/whoami`]);
    expect(whoamiShape.parse(JSON.parse(stdout)).address).toBe(expected);
  });

  test('reaches the bank over IPv6 from the default egress', () => {
    const { stdout } = curl(lab, 'bob', [
      '-6',
      '--interface',
      ANONYMOUS[6],
      'https://bank.example.com/whoami',
    ]);
    expect(whoamiShape.parse(JSON.parse(stdout)).address).toBe(EGRESS.default6);
  });
});

describe('an ICMP error from a site', () => {
  test.each([4, 6] as const)(
    'reaches the client that asked, over IPv%i: a closed port refuses at once',
    (family) => {
      const { status, stderr } = curl(lab, 'alice', [`-${family}`, 'http://shop.example.com:81/']);
      expect({ status, stderr }).toMatchObject({ status: 7 });
    },
  );

  test('comes from the synthetic address, never from the real one', () => {
    const target = runIn(lab, 'alice', ['dig', '+short', 'shop.example.com', 'A']).trim();
    const output = runIn(lab, 'alice', [
      'python3',
      `${import.meta.dirname}/support/udp-refusal.py`,
      target,
      '81',
    ]);
    expect(output.trim()).toBe('ECONNREFUSED');
  });
});

/** `IP (…) 198.51.100.20.40000 > …` or `IP (…) 198.51.100.20 > …`, and likewise for IPv6, whose groups are never dotted. */
function sourceOf(line: string): string {
  const source = / ([0-9a-f.:]+) > /.exec(line)?.[1] ?? line;
  const port = source.includes(':') ? /\.\d+$/ : /(?<=^\d+\.\d+\.\d+\.\d+)\.\d+$/;
  return source.replace(port, '');
}
