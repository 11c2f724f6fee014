/**
 * Clients that validate by themselves (D23): delv of BIND, with a trust anchor for a signed zone behind the gateway. Whatever
 * the gateway passes on proves itself; what it synthesizes cannot, and is refused.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { startGateway } from './lab/gateway-process.ts';
import { RESOLVER } from './lab/topology.ts';
import { isSynthetic } from './support/address-sets.ts';
import { dig, digFull } from './support/clients.ts';
import { editYaml } from './support/edit-yaml.ts';
import { NAME_SERVER, startNameServer } from './support/name-server.ts';
import { useLab } from './support/use-lab.ts';

const ZONE = 'signed.example';
const RECORDS = `$TTL 300
@ IN SOA ns.example.com. hostmaster.example.com. 1 3600 600 86400 5
@ IN NS ns.example.com.
text IN TXT "signed text"
mail IN MX 10 www
www IN A 192.0.2.20
www IN AAAA 2001:db8:2::20
open IN A 192.0.2.20
alias IN CNAME open
`;

const lab = useLab({ gateway: false });

beforeAll(async () => {
  await startNameServer(lab, [], { [ZONE]: signZone() });
  editYaml(gatewayFilesOf(lab).config, ({ resolver }) => {
    resolver.forward = [{ domains: [ZONE], upstreams: [NAME_SERVER.address] }];
    resolver.exempt = [`open.${ZONE}`, `alias.${ZONE}`];
  });
  await startGateway(lab);
});

function anchorFile(): string {
  return path.join(lab.directory, 'dnssec', 'anchor.conf');
}

/** The zone with its signatures; the trust anchor is left beside it. */
function signZone(): string {
  const folder = path.dirname(anchorFile());
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  const newKey = ['dnssec-keygen', '-q', '-K', folder, '-a', 'ECDSAP256SHA256'];
  run([...newKey, ZONE]);
  run([...newKey, '-f', 'KSK', ZONE]);
  writeFileSync(file('zone'), RECORDS);
  run(['dnssec-signzone', '-S', '-K', folder, '-d', folder, '-o', ZONE, '-f', file('signed'), file('zone')]);
  const keys = readdirSync(folder).filter((name) => name.endsWith('.key'));
  const texts = keys.map((name) => readFileSync(file(name), 'utf8'));
  const anchor = texts.map((text) => /DNSKEY 257 3 13 (.*)$/m.exec(text)?.[1]).find(Boolean);
  writeFileSync(anchorFile(), `trust-anchors { "${ZONE}" static-key 257 3 13 "${anchor}"; };\n`);
  return readFileSync(file('signed'), 'utf8');
}

/** All that delv says of it. */
function delv(name: string, type: string): string {
  const words = ['delv', `@${RESOLVER.ipv4}`, '-a', anchorFile(), `+root=${ZONE}`, name, type];
  const { stdout, stderr } = tryRunIn(lab, 'alice', words);
  return stdout + stderr;
}

describe('delv', () => {
  test.each([
    ['a text', `text.${ZONE}`, 'TXT', 'signed text'],
    ['a mail exchanger', `mail.${ZONE}`, 'MX', 'www.signed.example'],
    ['the keys', ZONE, 'DNSKEY', '257 3 13'],
    ['the address of an exempt name', `open.${ZONE}`, 'A', '192.0.2.20'],
    ['an alias of it', `alias.${ZONE}`, 'A', '192.0.2.20'],
  ])('validates %s to the end (D23)', (_, name, type, data) => {
    const output = delv(name, type);
    expect(output).toContain('; fully validated');
    expect(output).toContain(data);
    expect(output).toContain('RRSIG');
  });

  test.each([
    ['a name', `nobody.${ZONE}`, 'TXT', 'ncache nxdomain'],
    ['a name’s addresses', `nobody.${ZONE}`, 'A', 'ncache nxdomain'],
    ['a type', `text.${ZONE}`, 'MX', 'ncache nxrrset'],
  ])('validates that %s is not there (D23)', (_, name, type, reason) => {
    const output = delv(name, type);
    expect(output).toContain(`resolution failed: ${reason}`);
    expect(output).toContain('; negative response, fully validated');
  });

  test.each(['A', 'AAAA'])('refuses a synthetic address, and has no other (D23)', (type) => {
    const output = delv(`www.${ZONE}`, type);
    expect(output).toMatch(/resolution failed: (insecurity proof failed|no valid RRSIG|broken trust chain)/);
    expect(output).not.toContain('fully validated');
    expect(output).not.toMatch(/192\.0\.2\.20|2001:db8:2::20/);
  });
});

describe('dig', () => {
  test.each([['+dnssec'], ['+dnssec', '+cdflag'], ['+adflag'], ['+cdflag']])(
    'with %s %s gets no AD and no signatures with a synthetic address, and no AD with others (D23)',
    (...options) => {
      const synthetic = digFull(lab, 'alice', `www.${ZONE}`, 'A', ...options.filter(Boolean));
      expect(synthetic).not.toMatch(/flags:[^;]* ad[ ;]|RRSIG/);
      expect(dig(lab, 'alice', `www.${ZONE}`, 'A', ...options.filter(Boolean)).every(isSynthetic)).toBe(true);
      const text = digFull(lab, 'alice', `text.${ZONE}`, 'TXT', ...options.filter(Boolean));
      expect(text).not.toMatch(/flags:[^;]* ad[ ;]/);
      expect(text.includes('RRSIG')).toBe(options.includes('+dnssec'));
    },
  );

  test('gets the proofs of an absence with +dnssec, and none without (D23)', () => {
    expect(digFull(lab, 'alice', `nobody.${ZONE}`, 'A', '+dnssec')).toMatch(/NSEC/);
    expect(digFull(lab, 'alice', `nobody.${ZONE}`, 'A')).not.toMatch(/NSEC|RRSIG/);
  });
});
