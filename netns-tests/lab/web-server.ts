/**
 * All web sites of the lab in one process: HTTP on 80, HTTPS (HTTP/2 and 1.1) on 443, IPv4 and IPv6, told apart by the
 * name the client asked for. Usage: web-server.ts CERTIFICATE KEY
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import { BlockList, isIPv6 } from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deterministicBytes } from './deterministic-bytes.ts';

type Request = http.IncomingMessage | http2.Http2ServerRequest;
type Response = Writable & { writeHead(status: number, headers: Record<string, string>): unknown };

/** What every site answers on /whoami. */
export interface Whoami {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
  readonly httpVersion: string;
  readonly host: string;
}

const BANK = 'bank.example.com';
/** Whom the bank lets in: Acme's address, and Acme's IPv6 range. */
const admitted = new BlockList();
admitted.addAddress('203.0.113.9');
admitted.addSubnet('2001:db8:9::', 64, 'ipv6');
const ACCOUNT_PAGE = 'Account of Acme Co: balance 1,000,000.00';

const [certificateFile = '', keyFile = ''] = process.argv.slice(2);
const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile), allowHTTP1: true };

for (const address of ['0.0.0.0', '::']) {
  const plain = http.createServer((request, response) => serve(request, response, 'http'));
  const secure = http2.createSecureServer(tls, (request, response) => serve(request, response, 'https'));
  plain.listen({ port: 80, host: address, ipv6Only: true });
  secure.listen({ port: 443, host: address, ipv6Only: true });
}

function serve(request: Request, response: Response, protocol: Whoami['protocol']): void {
  answer(request, response, protocol).catch((error: unknown) => {
    console.error(`${request.url}: ${error instanceof Error ? error.message : error}`);
    response.destroy();
  });
}

async function answer(request: Request, response: Response, protocol: Whoami['protocol']): Promise<void> {
  const client = describeClient(request, protocol);
  const url = request.url ?? '/';
  console.log(`${client.address} ${client.port} ${client.host} ${request.method} ${url}`);
  const fetched = /^\/fetch\/([a-z0-9.-]+)$/.exec(url)?.[1];
  const bytes = /^\/bytes\/(\d{1,12})$/.exec(url);
  if (bytes !== null) await sendBytes(response, Number(bytes[1]));
  else if (fetched !== undefined) sendFetchingPage(response, client, fetched);
  else if (url === '/whoami') sendJson(response, client, request.headers.origin);
  else if (url === '/echo') sendJson(response, await digestBody(request));
  else if (url === '/') sendHomePage(response, client);
  else sendText(response, 404, `${client.host} has no page ${url}`);
}

function describeClient(request: Request, protocol: Whoami['protocol']): Whoami {
  const { remoteAddress = '', remotePort = 0 } = request.socket;
  const authority = request.headers[':authority'] ?? request.headers.host ?? '';
  const host = String(authority).replace(/:\d+$/, '');
  return { address: remoteAddress, port: remotePort, protocol, httpVersion: request.httpVersion, host };
}

function sendHomePage(response: Response, client: Whoami): void {
  const { address, host } = client;
  if (host !== BANK) sendText(response, 200, `Welcome to ${host}`);
  else if (admitted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) sendText(response, 200, ACCOUNT_PAGE);
  else sendText(response, 403, `The bank does not let in ${address}`);
}

/**
 * A page that asks another site who its browser is: shows first what this site sees, then what the other one says. With
 * credentials, since a browser keeps connections for those that come without apart.
 */
function sendFetchingPage(response: Response, client: Whoami, host: string): void {
  const script = `fetch('https://${host}/whoami', { credentials: 'include' }).then((answer) => answer.text()).then(show, show)`;
  const show = "const show = (what) => { document.querySelector('#fetched').textContent = what; }";
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(
    `<!doctype html><p id="page">${JSON.stringify(client)}</p><p id="fetched">nothing</p><script>${show};${script}</script>`,
  );
}

function sendText(response: Response, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(`${text}\n`);
}

/** Pages of `origin` may read it. */
function sendJson(response: Response, value: object, origin = '*'): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  });
  response.end(`${JSON.stringify(value)}\n`);
}

async function sendBytes(response: Response, length: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(length) });
  await pipeline(Readable.from(deterministicBytes(length)), response);
}

async function digestBody(request: Request): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
