/** Certificates for upstreams that are asked in secret, made by openssl for each run: a good one, and each kind of bad one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** In PEM. */
  readonly authority: string;
  readonly good: KeyPair;
  readonly wrongName: KeyPair;
  readonly expired: KeyPair;
  readonly selfSigned: KeyPair;
  /** For 127.0.0.1 and no name. */
  readonly address: KeyPair;
}

export const UPSTREAM_NAME = 'dns.example.net';

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-certificates-'));
  try {
    return makeIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeIn(folder: string): Certificates {
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
  );
  const make = (name: string, alternative: string, days = '2'): KeyPair => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=upstream');
    writeFileSync(path.join(folder, `${name}.cnf`), `subjectAltName=${alternative}\n`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const into = ['-out', `${name}.pem`, '-days', days, '-extfile', `${name}.cnf`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...authority, ...into);
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  const alternative = `subjectAltName=DNS:${UPSTREAM_NAME}`;
  const self = ['-keyout', 'self.key', '-out', 'self.pem', '-days', '2', '-subj', '/CN=self'];
  openssl('req', '-x509', ...newKey, ...self, '-addext', alternative);
  return {
    authority: read('ca.pem'),
    good: make('good', `DNS:${UPSTREAM_NAME}`),
    wrongName: make('wrong', 'DNS:other.example.net'),
    expired: make('expired', `DNS:${UPSTREAM_NAME}`, '-1'),
    selfSigned: { key: read('self.key'), cert: read('self.pem') },
    address: make('address', 'IP:127.0.0.1'),
  };
}
