/** Serves the management API on a unix socket that only its owner can open, since access to it gives full control. */
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import { GatewayError } from '../report/errors.ts';
import { type ApiOptions, makeApi } from './make-api.ts';

const OWNER_ONLY = 0o600;
/** Time for responses in progress when the server closes; a client that does not read must not delay that. Chosen by us. */
const LAST_ANSWERS_MS = 1000;
/** The umask under which a new file has read and write permission for its owner only. */
const OWNER_ONLY_UMASK = 0o177;

export interface ApiServer {
  readonly socket: string;
  /** Stops accepting requests, waits up to a second for those in progress, and removes the socket. */
  close(): Promise<void>;
}

/** Throws GatewayError EBUSY if a gateway already answers on the socket, EDEVICE if the socket cannot be created. */
export async function serveApi(
  control: GatewayControl,
  socket: string,
  options: ApiOptions = {},
): Promise<ApiServer> {
  mkdirSync(path.dirname(socket), { recursive: true, mode: 0o755 });
  await removeStaleSocket(socket);
  const server = createAdaptorServer({ fetch: makeApi(control, options).fetch });
  await listen(server, socket);
  return { socket, close: () => close(server) };
}

function close(server: ReturnType<typeof createAdaptorServer>): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      if (server instanceof http.Server) server.closeAllConnections();
    }, LAST_ANSWERS_MS);
    server.close((error) => {
      clearTimeout(deadline);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Removes the socket of a gateway that was killed; a running one answers on its socket. */
async function removeStaleSocket(socket: string): Promise<void> {
  const file = lstatSync(socket, { throwIfNoEntry: false });
  if (file === undefined) return;
  if (!file.isSocket()) throw new GatewayError('EDEVICE', `Cannot listen on ${socket}: it is not a socket`);
  if (await isAnswered(socket)) {
    throw new GatewayError('EBUSY', `Cannot listen on ${socket}: another gateway answers there`);
  }
  unlinkSync(socket);
}

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function listen(server: ReturnType<typeof createAdaptorServer>, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new GatewayError('EDEVICE', `Cannot listen on ${socket}: ${error.message}`, { cause: error })),
    );
    // The socket is bound before listen() returns, thus under this umask: others can never open it.
    const umask = process.umask(OWNER_ONLY_UMASK);
    server.listen(socket, () => {
      chmodSync(socket, OWNER_ONLY);
      resolve();
    });
    process.umask(umask);
  });
}
