/** The bank's address over HTTP/3: caddy answers /whoami on UDP port 443, beside the web server, which has TCP port 443. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { certificatesOf } from '../lab/certificates.ts';
import { inside, runIn, startDetached } from '../lab/command.ts';
import type { Lab } from '../lab/topology.ts';
import { waitUntil } from '../lab/wait.ts';

/** caddy would also bind this port for TCP. */
const PORT = 8443;
const IPV4 = '192.0.2.198';
const IPV6 = '2001:db8:2::198';

/** Serves until the lab is removed. */
export async function startQuicBank(lab: Lab): Promise<void> {
  const config = path.join(lab.directory, 'quic-bank.json');
  const log = path.join(lab.directory, 'quic-bank.log');
  writeFileSync(config, JSON.stringify(configure(lab)));
  const command = ['env', `HOME=${lab.directory}`, 'caddy', 'run', '--config', config];
  startDetached(inside(lab, 'net', command), log);
  runIn(lab, 'net', ['nft', '-f', '-'], {
    input: `table inet sg_quic_bank {
      chain in {
        type nat hook prerouting priority dstnat;
        ip daddr ${IPV4} udp dport 443 dnat ip to ${IPV4}:${PORT}
        ip6 daddr ${IPV6} udp dport 443 dnat ip6 to [${IPV6}]:${PORT}
      }
    }`,
  });
  const sockets = [`${IPV4}:${PORT} `, `[${IPV6}]:${PORT} `];
  await waitUntil(
    () => sockets.every((socket) => runIn(lab, 'net', ['ss', '-Hlun']).includes(socket)),
    10_000,
    () => `caddy does not listen, see ${log}`,
  );
}

function configure(lab: Lab): object {
  const { certificate, key } = certificatesOf(lab);
  const whoami = {
    address: '{http.request.remote.host}',
    port: '{http.request.remote.port}',
    protocol: '{http.request.scheme}',
    httpVersion: '{http.request.proto}',
    host: '{http.request.host}',
  };
  // As the web server says it: the port is a number.
  const body = JSON.stringify(whoami).replace(`"${whoami.port}"`, whoami.port);
  const server = {
    listen: [`${IPV4}:${PORT}`, `[${IPV6}]:${PORT}`],
    automatic_https: { disable: true },
    tls_connection_policies: [{}],
    routes: [{ handle: [{ handler: 'static_response', body }] }],
  };
  return {
    admin: { disabled: true },
    apps: {
      tls: { certificates: { load_files: [{ certificate, key }] } },
      http: { servers: { bank: server } },
    },
  };
}
