/** A QUIC server at shop.example.com (caddy), and a client on alice's machine (gtlsclient); RFC 9000, row X10. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inside, runIn, startDetached } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

const HOST = 'shop.example.com';
const PORT = 8443;
/** A server of UDP must answer from the address that it was asked at. */
const ADDRESSES = ['192.0.2.20', '[2001:db8:2::20]'];

/** Serves one file over HTTP/3 until the lab is removed. */
export async function startQuicServer(lab: Lab, file: Buffer): Promise<void> {
  const folder = path.join(lab.directory, 'quic');
  const root = path.join(folder, 'files');
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, 'file'), file);
  const config = path.join(folder, 'caddy.json');
  writeFileSync(config, JSON.stringify(configure(lab, root)));
  const command = ['env', `HOME=${folder}`, 'caddy', 'run', '--config', config];
  startDetached(inside(lab, 'net', command), path.join(lab.directory, 'quic.log'));
  await waitUntil(
    () => ADDRESSES.every((address) => runIn(lab, 'net', ['ss', '-Hlun']).includes(`${address}:${PORT} `)),
    10_000,
    () => `caddy does not listen, see ${lab.directory}/quic.log`,
  );
}

/** The command that downloads the file into a folder, and what came of it. */
export function planDownload(options: readonly string[] = []) {
  const folder = mkdtempSync('/tmp/sg-quic-');
  const url = `https://${HOST}:${PORT}/file`;
  return {
    command: [
      'gtlsclient',
      '-q',
      '--exit-on-all-streams-close',
      ...options,
      '--download',
      folder,
      HOST,
      String(PORT),
      url,
    ],
    /** What was downloaded; the folder goes. */
    take: (): Buffer => {
      try {
        return readFileSync(path.join(folder, 'file'));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

function configure(lab: Lab, root: string): object {
  const tls = (file: string) => path.join(lab.directory, 'tls', file);
  const server = {
    listen: ADDRESSES.map((address) => `${address}:${PORT}`),
    automatic_https: { disable: true },
    tls_connection_policies: [{}],
    routes: [{ handle: [{ handler: 'file_server', root }] }],
  };
  return {
    admin: { disabled: true },
    apps: {
      tls: { certificates: { load_files: [{ certificate: tls('sites.pem'), key: tls('sites.key') }] } },
      http: { servers: { quic: server } },
    },
  };
}
