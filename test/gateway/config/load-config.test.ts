import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig, loadConfigWithWarnings } from '../../../src/gateway/config/load-config.ts';
import { MAX_BYTES, YamlSource } from '../../../src/gateway/config/yaml-source.ts';
import { ConfigError, describeProblem } from '../../../src/report/errors.ts';
import { LeasePool } from '../../../src/synthetic/lease-pool.ts';
import { countSlots } from '../../../src/synthetic/synthetic-range.ts';
import { formatAddress, formatPrefix } from '../../../src/wire/address.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const GOOD = `onramps:
  - { name: lan, interface: lan0, clients: [10.64.0.0/24, "fd00:64::/64"] }
uplinks:
  - { name: wan, interface: wan0 }
egress:
  addresses:
    - { address: 203.0.113.9, uplink: wan, location: fra }
    - { address: "2001:db8:9::/64", uplink: wan }
  default: { ipv4: 203.0.113.9, ipv6: "2001:db8:9::/64" }
resolver:
  upstreams: [192.0.2.53, "192.0.2.54:5353", "[2001:db8:2::53]:53"]
`;

function write(text: string | Buffer): string {
  const file = path.join(folder, 'config.yaml');
  writeFileSync(file, text);
  return file;
}

/** The problems of a text, without the name of the file. */
function refuse(text: string | Buffer): string[] {
  const file = write(text);
  try {
    loadConfig(file);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
    throw error;
  }
  return [];
}

describe('loadConfig fills in', () => {
  const config = loadConfig(write(GOOD));

  test('the default of every key that was left out', () => {
    expect(config.tun).toEqual({ name: 'syngate0', mtu: undefined });
    expect(config.uplinks[0]).toMatchObject({ nextHop4: undefined, allowDestinations: [], hostPorts: [] });
    expect(config.synthetic.ipv4 && formatPrefix(config.synthetic.ipv4)).toBe('100.80.0.0/16');
    expect(config.synthetic.ipv6 && formatPrefix(config.synthetic.ipv6)).toBe('2606:4700:cf1:4000::/64');
    expect(config.synthetic).toMatchObject({ leaseMs: 600_000, quarantineMs: 86_400_000, ttlSeconds: 60 });
    expect(config.resolver.listen.map(formatAddress)).toEqual(['100.80.0.1', '2606:4700:cf1:4000::1']);
    expect(config).toMatchObject({
      api: { socket: '/run/syngate/api.sock' },
      runtimeDirectory: '/run/syngate',
      storeFile: '/var/lib/syngate/state.db',
      policyFile: undefined,
      limits: { flows: 262_144 },
      log: { level: 'info' },
    });
  });

  test('values instead of texts', () => {
    expect(config.resolver.upstreams.map(({ address, port }) => [formatAddress(address), port])).toEqual([
      ['192.0.2.53', 53],
      ['192.0.2.54', 5353],
      ['2001:db8:2::53', 53],
    ]);
    expect(config.egress.addresses.map(({ prefix }) => formatPrefix(prefix))).toEqual([
      '203.0.113.9/32',
      '2001:db8:9::/64',
    ]);
  });

  test('paths from the folder of the file', () => {
    const { policyFile } = loadConfig(write(`${GOOD}policy: rules/policy.yaml\n`));
    expect(policyFile).toBe(path.join(folder, 'rules/policy.yaml'));
  });

  test('probe targets and durations', () => {
    const probe =
      '  probe: { targets: ["icmp:192.0.2.53", "tcp:[2001:db8:2::53]:443"], interval: 1s500ms }\n';
    const { egress } = loadConfig(write(GOOD.replace('resolver:', `${probe}resolver:`)));
    expect(egress.probe).toMatchObject({ intervalMs: 1500, timeoutMs: 1000, failAfter: 3, recoverAfter: 2 });
    expect(egress.probe?.targets.map(({ protocol, port }) => [protocol, port])).toEqual([
      ['icmp', 0],
      ['tcp', 443],
    ]);
  });

  test('the ranges of the seed by default, and any others instead, a ULA too (A4)', () => {
    const ranges = (text: string) => {
      const { ipv4, ipv6 } = loadConfig(write(`${GOOD}${text}`)).synthetic;
      return [ipv4 && formatPrefix(ipv4), ipv6 && formatPrefix(ipv6)];
    };
    expect(ranges('')).toEqual(['100.80.0.0/16', '2606:4700:cf1:4000::/64']);
    expect(ranges('synthetic: { ipv4: 10.80.0.0/16, ipv6: "fd00:80::/64" }\n')).toEqual([
      '10.80.0.0/16',
      'fd00:80::/64',
    ]);
  });

  test('the ranges of a preset, and a null that switches a family off (A3)', () => {
    const preset = loadConfig(write(`${GOOD}synthetic: { preset: public-ranges, ipv6: null }\n`)).synthetic;
    expect(preset.ipv4 && formatPrefix(preset.ipv4)).toBe('198.18.0.0/15');
    expect(preset.ipv6).toBeUndefined();
  });
});

describe('loadConfig refuses with line, column and value (FL-29):', () => {
  const replaced: ReadonlyArray<readonly [string, string, string, string]> = [
    [
      'an unknown key',
      'interface: wan0',
      'interface: wan0, nexthop4: 1.2.3.4',
      '4:35: uplinks[0].nexthop4: Cannot use the key "nexthop4": there is no such key; did you mean "next_hop4"?',
    ],
    [
      'a key named __proto__',
      'onramps:',
      '__proto__: {}\nonramps:',
      '1:1: __proto__: Cannot use the key "__proto__": there is no such key',
    ],
    ['a key missing', 'name: wan, ', '', '4:5: uplinks[0].name: Cannot leave it out: expected string'],
    [
      'an address that is none',
      '192.0.2.53,',
      '192.0.2.530,',
      '11:15: resolver.upstreams[0]: Cannot use "192.0.2.530": not a resolver such as 192.0.2.53, [2001:db8::53]:5353, tls://192.0.2.53#dns.example or https://192.0.2.53/dns-query#dns.example',
    ],
    [
      'host bits',
      '10.64.0.0/24',
      '10.64.0.1/24',
      '2:45: onramps[0].clients[0]: Cannot use "10.64.0.1/24": not an IP prefix such as 10.64.0.0/24, with no bit set after its length',
    ],
    [
      'an interface name of 16',
      'wan0',
      'wan0123456789012',
      '4:29: uplinks[0].interface: Cannot use "wan0123456789012": not an interface name: letters, digits, ".", "-" and "_", at most 15',
    ],
    [
      'a value of none of the kinds there are',
      'interface: wan0',
      'interface: wan0, mss_clamp: none',
      '4:46: uplinks[0].mss_clamp: Cannot use "none": expected one of "auto"|"off", or expected number',
    ],
    [
      'an interface with two parts to play',
      'interface: wan0',
      'interface: lan0',
      '4:29: uplinks[0].interface: Cannot use "lan0": it is already taken',
    ],
    [
      'an uplink that is not there',
      'uplink: wan,',
      'uplink: wam,',
      '7:39: egress.addresses[0].uplink: Cannot use "wam": there is no such uplink, only wan',
    ],
    [
      'a default that is not owned',
      'ipv4: 203.0.113.9',
      'ipv4: 203.0.113.8',
      '9:20: egress.default.ipv4: Cannot use "203.0.113.8": it is not one of egress.addresses',
    ],
    [
      'an IPv4 egress range',
      '203.0.113.9,',
      '203.0.113.0/28,',
      '7:18: egress.addresses[0].address: Cannot use "203.0.113.0/28": not an egress address: a single IPv4 address, or an IPv6 address or prefix, is needed',
    ],
    [
      'clients in the synthetic range (A3)',
      '10.64.0.0/24',
      '100.80.3.0/24',
      '2:45: onramps[0].clients[0]: Cannot use "100.80.3.0/24": it overlaps 100.80.0.0/16, the synthetic IPv4 range',
    ],
    [
      'an upstream in the synthetic range',
      '192.0.2.53,',
      '100.80.0.7,',
      '11:15: resolver.upstreams[0]: Cannot use "100.80.0.7": it lies in a synthetic range',
    ],
    [
      'one address of the resolver twice',
      'resolver:',
      'resolver:\n  listen: [100.80.0.1, 100.80.0.1]',
      '11:24: resolver.listen[1]: Cannot use "100.80.0.1": it is already taken',
    ],
    [
      'one egress address twice',
      '"2001:db8:9::/64", uplink',
      '203.0.113.9, uplink',
      '8:18: egress.addresses[1].address: Cannot use "203.0.113.9/32": it overlaps 203.0.113.9/32, an egress address',
    ],
  ];
  test.each(replaced)('%s', (_name, from, to, expected) => {
    expect(refuse(GOOD.replace(from, to))).toContain(expected);
  });

  const appended: ReadonlyArray<readonly [string, string, string]> = [
    ['NaN', 'limits: { flows: .nan }', '12:18: limits.flows: Cannot use NaN: expected number, received NaN'],
    [
      'a fraction',
      'limits: { flows: 1.5 }',
      '12:18: limits.flows: Cannot use 1.5: expected int, received number',
    ],
    [
      'a duration without unit',
      'synthetic: { lease: 10 }',
      '12:21: synthetic.lease: Cannot use 10: expected string, received number',
    ],
    [
      'a rest of addresses that is too short',
      'synthetic: { quarantine: 9m59s }',
      '12:26: synthetic.quarantine: Cannot use "9m59s": not a duration of at least 10m',
    ],
    [
      'an answer that outlives its lease (S2)',
      'synthetic: { lease: 10s, ttl: 11s }',
      '12:31: synthetic.ttl: Cannot use 11 s: an answer would outlive its lease of 10 s',
    ],
    [
      'a lease that is too short for an answer',
      'synthetic: { lease: 1s, ttl: 1s }',
      '12:21: synthetic.lease: Cannot use 1 s: at least 2 s are needed',
    ],
    [
      'a synthetic IPv4 range that is too small',
      'synthetic: { ipv4: 100.80.0.0/29 }',
      '12:20: synthetic.ipv4: Cannot use "100.80.0.0/29": a range from /8 to /28 is needed',
    ],
    [
      'a synthetic IPv4 range that is too large',
      'synthetic: { ipv4: 32.0.0.0/7 }',
      '12:20: synthetic.ipv4: Cannot use "32.0.0.0/7": a range from /8 to /28 is needed',
    ],
    [
      'a synthetic IPv6 range that is too small',
      'synthetic: { ipv6: "fd00:1::/112" }',
      '12:20: synthetic.ipv6: Cannot use "fd00:1::/112": a /96 or larger is needed',
    ],
    [
      'no synthetic range at all',
      'synthetic: { ipv4: null, ipv6: null }',
      '12:20: synthetic.ipv4: Cannot use null: ipv6 is null as well, so no name could be answered',
    ],
    ['a small MTU', 'tun: { mtu: 576 }', '12:13: tun.mtu: Cannot use 576: expected number to be >=1280'],
    [
      'an unknown log level',
      'log: { level: loud }',
      '12:15: log.level: Cannot use "loud": expected one of "trace"|"debug"|"info"|"warn"|"error"',
    ],
    [
      'a relative runtime directory',
      'runtime_directory: run',
      '12:20: runtime_directory: Cannot use "run": not an absolute path',
    ],
  ];
  test.each(appended)('%s', (_name, line, expected) => {
    expect(refuse(`${GOOD}${line}\n`)).toEqual([expected]);
  });

  test('a key written twice', () => {
    expect(refuse(`${GOOD}resolver: {}\n`)).toEqual([
      '12:1: Cannot use the key "resolver": it stands here a second time',
    ]);
    expect(refuse(`${GOOD}limits: { "flows": 1, "flows": 2 }\n`)).toEqual([
      '12:23: Cannot use the key "flows": it stands here a second time',
    ]);
  });

  test('a probe that is not over when the next one begins', () => {
    const probe = '  probe: { targets: ["icmp:192.0.2.53"], interval: 1s, timeout: 2s }\n';
    expect(refuse(GOOD.replace('resolver:', `${probe}resolver:`))).toEqual([
      '10:65: egress.probe.timeout: Cannot use 2000 ms: the next round begins after 1000 ms',
    ]);
  });

  test('everything that is wrong at once', () => {
    const text = GOOD.replace('10.64.0.0/24', 'x').replace('uplink: wan,', 'uplink: 7,');
    expect(refuse(text)).toHaveLength(2);
  });
});

test.each([
  ['{ ipv4: 32.0.0.0/8 }', 2 ** 24],
  ['{ ipv4: 100.80.0.0/28, ipv6: "fd00:1::/96", lease: 2s, ttl: 2s }', 16],
])('loadConfig takes no synthetic ranges and times that a pool refuses: %s', (synthetic, slots) => {
  const config = loadConfig(write(`${GOOD}synthetic: ${synthetic}\n`));
  expect(countSlots(config.synthetic)).toBe(slots);
  const { leaseMs, quarantineMs, ttlSeconds } = config.synthetic;
  const ranges = { ipv4: undefined, ipv6: config.synthetic.ipv6 };
  expect(() => new LeasePool({ ranges, leaseMs, quarantineMs, ttlSeconds, reserved: [] })).not.toThrow();
});

describe('loadConfig refuses a file that is no configuration (FL-29):', () => {
  const files: ReadonlyArray<readonly [string, string | Buffer, RegExp]> = [
    ['empty', '', /1:1: Cannot use null: expected object/],
    ['a list', '- 1\n', /1:1: Cannot use \[1\]: expected object/],
    ['not YAML', 'a: [1, 2\nb: }', /^\d+:\d+: Cannot read as YAML: /],
    ['two documents', `${GOOD}---\n${GOOD}`, /Cannot read as YAML: Source contains multiple documents/],
    [
      'a byte order mark',
      Buffer.from(`\uFEFF${GOOD}`),
      /Cannot read the file: it starts with a byte order mark/,
    ],
    ['not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), /Cannot read the file: .*not valid/],
    ['binary zeros', Buffer.alloc(64), /Cannot /],
    [
      'more than a configuration can be',
      Buffer.alloc(MAX_BYTES + 1, '#'),
      /Cannot read the file: 4194305 bytes/,
    ],
  ];
  test.each(files)('%s', (_name, content, expected) => {
    expect(refuse(content)[0]).toMatch(expected);
  });

  test('JSON that is none, by its own name', () => {
    expect(() => new YamlSource('policy.json', '{ "rules": [ }')).toThrow(
      /^policy\.json:1:14: Cannot read as JSON: /,
    );
  });

  test('an alias of what it stands in', () => {
    expect(refuse('onramps: &a [{ name: lan, clients: *a }]')[0]).toMatch(
      /^1:36: Cannot read as YAML: \*a stands inside itself/,
    );
  });

  test('an alias bomb, without unfolding it', () => {
    const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level++) {
      lines.push(
        `b${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(refuse(lines.join('\n'))[0]).toMatch(/Cannot read as YAML: Excessive alias count/);
  });

  test('one that is not there', () => {
    expect(() => loadConfig(path.join(folder, 'none.yaml'))).toThrow(
      /none\.yaml: Cannot read the file: ENOENT/,
    );
  });
});

describe('metrics.listen', () => {
  const withListen = (text: string) => `${GOOD}metrics: { listen: "${text}" }\n`;
  const warningsOf = (text: string) =>
    loadConfigWithWarnings(write(withListen(text))).warnings.filter(
      ({ field }) => field === 'metrics.listen',
    );

  test('is off by default', () => {
    expect(loadConfig(write(GOOD)).metrics).toEqual({ listen: undefined });
  });

  test.each(['127.0.0.1:9464', '[::1]:9464'])('takes the loopback address %s', (text) => {
    expect(loadConfig(write(withListen(text))).metrics.listen).toMatchObject({ port: 9464 });
    expect(warningsOf(text)).toEqual([]);
  });

  test('takes another address with a warning', () => {
    expect(warningsOf('192.168.5.1:9464')).toMatchObject([
      { message: expect.stringMatching(/^whoever reaches 192\.168\.5\.1 can read the metrics/) },
    ]);
  });

  test.each([
    ['0.0.0.0:9464', 'it means every address, those of uplinks too'],
    ['[::]:9464', 'it means every address, those of uplinks too'],
    ['203.0.113.9:9464', 'it lies in 203.0.113.9/32, an egress address'],
    ['[2001:db8:9::7]:9464', 'it lies in 2001:db8:9::/64, an egress address'],
    ['10.64.0.1:9464', 'it lies in 10.64.0.0/24, clients of on-ramp lan'],
    ['100.80.0.1:9464', 'it lies in 100.80.0.0/16, the synthetic IPv4 range'],
  ])('refuses %s, where clients or the internet would reach it', (text, reason) => {
    expect(refuse(withListen(text))).toEqual([expect.stringMatching(`metrics\\.listen: .*${reason}$`)]);
  });

  test.each(['9464', 'localhost:9464', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536'])(
    'refuses %s',
    (text) => {
      expect(refuse(withListen(text))).toEqual([expect.stringContaining('not an address and port such as')]);
    },
  );
});

describe('loadConfigWithWarnings', () => {
  test('tells of private name servers and probe targets that no uplink allows', () => {
    const text = GOOD.replace('[192.0.2.53,', '[192.168.1.1, 10.9.0.53, 127.0.0.53,')
      .replace('interface: wan0', 'interface: wan0, allow_destinations: [10.9.0.0/16]')
      .replace('resolver:', '  probe: { targets: ["icmp:[fd00::1]"] }\nresolver:');
    const { warnings } = loadConfigWithWarnings(write(text));
    expect(warnings.filter(({ message }) => message.includes('is private')).map(describeProblem)).toEqual([
      expect.stringMatching(/resolver\.upstreams: 192\.168\.1\.1 is private/),
      expect.stringMatching(/egress\.probe\.targets: fd00::1 is private/),
    ]);
  });

  const warn = (synthetic: string) =>
    loadConfigWithWarnings(write(`${GOOD}synthetic: ${synthetic}\n`)).warnings.map(({ message }) => message);

  test('explains a pair of which one range alone is local to Chrome', () => {
    expect(warn('{}').join()).toMatch(/100\.80\.0\.0\/16 is local network to Chrome .* fail on and off/);
    expect(warn('{ ipv6: "fd00:80::/64" }').join()).toMatch(/asks the user/);
    expect(warn('{ preset: public-ranges }').join()).not.toMatch(/Chrome/);
  });
});
