/** A client in Go: caddy on alice's machine, which hands requests on to a site that it resolves with Go's own resolver. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inside, runIn, startDetached } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

const LISTEN = '127.0.0.1:8099';

export interface GoClient {
  /** What is asked here, the site is asked by Go. */
  readonly url: string;
  /** Where Go says how it resolves. */
  readonly log: string;
}

/** Runs until the lab is removed. */
export async function startGoClient(lab: Lab, host: string): Promise<GoClient> {
  const config = path.join(lab.directory, 'go-client.json');
  const log = path.join(lab.directory, 'go-client.log');
  writeFileSync(config, JSON.stringify(configure(host)));
  const command = ['env', `HOME=${lab.directory}`, 'GODEBUG=netdns=go+2', 'caddy', 'run', '--config', config];
  startDetached(inside(lab, 'alice', command), log);
  await waitUntil(
    () => runIn(lab, 'alice', ['ss', '-Hltn']).includes(`${LISTEN} `),
    10_000,
    () => `caddy does not listen, see ${log}`,
  );
  return { url: `http://${LISTEN}`, log };
}

/** Without an authority of its own: caddy would add one to the machine's trust store. */
function configure(host: string): object {
  const proxy = {
    handler: 'reverse_proxy',
    upstreams: [{ dial: `${host}:443` }],
    transport: { protocol: 'http', tls: { server_name: host } },
    headers: { request: { set: { Host: [host] } } },
  };
  const server = { listen: [LISTEN], automatic_https: { disable: true }, routes: [{ handle: [proxy] }] };
  return { admin: { disabled: true }, apps: { http: { servers: { proxy: server } } } };
}
