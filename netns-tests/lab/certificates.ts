/** The lab's certificate authority and the one certificate of all its web sites, made by openssl for each lab. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './command.ts';
import { ipv4Of, ipv6Of, SITES } from './sites.ts';
import type { Lab } from './topology.ts';

export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export function certificatesOf(lab: Lab): Certificates {
  const directory = path.join(lab.directory, 'tls');
  return {
    authority: path.join(directory, 'ca.pem'),
    certificate: path.join(directory, 'sites.pem'),
    key: path.join(directory, 'sites.key'),
  };
}

export function makeCertificates(lab: Lab): Certificates {
  const files = certificatesOf(lab);
  const directory = path.dirname(files.key);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const authorityKey = path.join(directory, 'ca.key');
  const extensions = path.join(directory, 'sites.cnf');
  writeFileSync(extensions, extensionText());
  const newKey = [
    'openssl',
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ];
  run([
    ...newKey,
    '-x509',
    '-days',
    '30',
    '-subj',
    '/CN=syngate lab CA',
    '-keyout',
    authorityKey,
    '-out',
    files.authority,
  ]);
  const request = run([...newKey, '-subj', '/CN=bank.example.com', '-keyout', files.key]);
  const signed = run(
    [
      'openssl',
      'x509',
      '-req',
      '-days',
      '30',
      '-CA',
      files.authority,
      '-CAkey',
      authorityKey,
      '-extfile',
      extensions,
    ],
    { input: request },
  );
  writeFileSync(files.certificate, signed);
  return files;
}

function extensionText(): string {
  const names = SITES.flatMap((site) => [
    ...site.names.map((name) => `DNS:${name}`),
    `IP:${ipv4Of(site)}`,
    `IP:${ipv6Of(site)}`,
  ]);
  return [
    `subjectAltName=${[...names, 'DNS:alias.example.com', 'DNS:chain.example.com'].join(',')}`,
    'basicConstraints=critical,CA:FALSE',
    'extendedKeyUsage=serverAuth',
    'subjectKeyIdentifier=hash',
    'authorityKeyIdentifier=keyid',
    '',
  ].join('\n');
}
