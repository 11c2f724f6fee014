/**
 * Serves the metrics, and nothing else, over TCP without authentication. Therefore never on an address of an uplink or an
 * on-ramp, and never to a client, which could reach any address of the host through its on-ramp.
 */
import http from 'node:http';
import type net from 'node:net';
import os from 'node:os';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Config, TcpEndpoint } from '../gateway/config/config.ts';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { GatewayError } from '../report/errors.ts';
import { addressesEqual, formatAddress, type Prefix, parseAddress, prefixContains } from '../wire/address.ts';
import type { ApiOptions } from './make-api.ts';
import { makeMetricsRoutes } from './metrics-routes.ts';

/** Enough for a few scrapers with persistent connections. Chosen by us. */
const MOST_CONNECTIONS = 16;
const REQUEST_MS = 5_000;

type Links = Pick<Config, 'onramps' | 'uplinks' | 'tun'>;

export interface MetricsServer {
  /** Chosen by the system if port 0 was requested. */
  readonly port: number;
  close(): Promise<void>;
}

/** Throws GatewayError EDEVICE for an address that is reachable by clients or the internet, or that cannot be bound. */
export async function serveMetrics(
  control: Pick<GatewayControl, 'metrics'>,
  { address, port }: TcpEndpoint,
  links: Links,
  { onError = () => {} }: ApiOptions = {},
): Promise<MetricsServer> {
  const host = formatAddress(address);
  const interfaceName = findInterface(address);
  if (interfaceName !== undefined && isOnLink(interfaceName, links))
    throw new GatewayError('EDEVICE', `Cannot serve metrics on ${host}: ${interfaceName} has this address`);
  const routes = new Hono().route('/metrics', makeMetricsRoutes(control));
  routes.onError((error, context) => {
    onError(error);
    return context.text('Cannot answer: internal error\n', 500);
  });
  const limits = { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  const server = http.createServer(limits, getRequestListener(routes.fetch));
  server.maxConnections = MOST_CONNECTIONS;
  const clients = links.onramps.flatMap((onramp) => onramp.clients);
  server.on('connection', (socket) => {
    if (isClient(socket, clients)) socket.destroy();
  });
  await listen(server, host, port);
  const bound = server.address();
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : port,
    close: () => close(server),
  };
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `Cannot serve metrics on ${host}, port ${port}: ${error.message}`;
      reject(new GatewayError('EDEVICE', message, { cause: error }));
    });
    server.listen({ host, port, ipv6Only: true }, () => resolve());
  });
}

/** Does not wait for scrapers, which keep their connections open. */
function close(server: http.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The interface that has the address; undefined if none has it now. */
function findInterface(address: Uint8Array): string | undefined {
  const interfaces = Object.entries(os.networkInterfaces());
  const found = interfaces.find(([, entries = []]) =>
    entries.some((entry) => {
      const own = parseAddress(entry.address);
      return own !== undefined && addressesEqual(own, address);
    }),
  );
  return found?.[0];
}

function isOnLink(name: string, { onramps, uplinks, tun }: Links): boolean {
  return name === tun.name || [...onramps, ...uplinks].some((link) => link.interface === name);
}

function isClient({ remoteAddress = '' }: net.Socket, clients: readonly Prefix[]): boolean {
  const address = parseAddress(remoteAddress);
  return address === undefined || clients.some((prefix) => prefixContains(prefix, address));
}
