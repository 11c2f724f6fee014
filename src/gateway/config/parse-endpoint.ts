/**
 * Parses endpoints as written in a configuration: `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:53`, encrypted upstreams
 * (`tls://192.0.2.53#dns.example`, `https://192.0.2.53/dns-query#dns.example`), and probe targets.
 */
import type { ProbeTarget } from '../../egress/prober.ts';
import { type Address, familyOf, parseAddress } from '../../wire/address.ts';
import type { TcpEndpoint, UpstreamConfig } from './config.ts';

const DNS_PORT = 53;
const DOT_PORT = 853; // RFC 7858 section 3.1
const DOH_PORT = 443;
const DOH_PATH = '/dns-query'; // as in the examples of RFC 8484, and used by most servers

/** Parses an upstream resolver; the port defaults to that of the protocol. Undefined for an invalid text. */
export function parseUpstream(text: string): UpstreamConfig | undefined {
  const [, kind, rest = ''] = /^(tls|https):\/\/(.+)$/.exec(text) ?? [];
  if (kind === 'tls' || kind === 'https') return parseSecureUpstream(kind, rest);
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) return undefined;
  return { address: endpoint.address, port: endpoint.port ?? DNS_PORT };
}

/** `192.0.2.53:853/path#name`: the certificate must be for the name, or for the address if no name is given. */
function parseSecureUpstream(kind: 'tls' | 'https', text: string): UpstreamConfig | undefined {
  const [, host = '', path, name] = /^([^/#]+)(\/[^#\s]*)?(?:#([A-Za-z0-9._-]+))?$/.exec(text) ?? [];
  const endpoint = parseEndpoint(host);
  if (endpoint === undefined || (kind === 'tls' && path !== undefined)) return undefined;
  const { address, port } = endpoint;
  if (kind === 'tls') return { address, port: port ?? DOT_PORT, transport: { kind, name } };
  return { address, port: port ?? DOH_PORT, transport: { kind, name, path: path ?? DOH_PATH } };
}

/** Parses a probe target such as `icmp:192.0.2.53` or `tcp:[2001:db8::1]:443`; undefined for an invalid text. */
export function parseProbeTarget(text: string): ProbeTarget | undefined {
  const [, protocol, rest = ''] = /^(icmp|tcp):(.+)$/.exec(text) ?? [];
  const endpoint = parseEndpoint(rest);
  if (endpoint === undefined) return undefined;
  const { address, port } = endpoint;
  if (protocol === 'icmp' && port === undefined) return { protocol, address, port: 0 };
  if (protocol === 'tcp' && port !== undefined) return { protocol, address, port };
  return undefined;
}

/** Parses an address with a port, such as `127.0.0.1:9464` or `[::1]:9464`; undefined for an invalid text. */
export function parseListen(text: string): TcpEndpoint | undefined {
  const { address, port } = parseEndpoint(text) ?? {};
  return address === undefined || port === undefined ? undefined : { address, port };
}

/** An IPv6 address followed by a port must be in brackets (RFC 3986 section 3.2.2). */
function parseEndpoint(text: string): { address: Address; port: number | undefined } | undefined {
  const whole = parseAddress(text);
  if (whole !== undefined) return { address: whole, port: undefined };
  const [, bracketed, bare, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = parseAddress(bracketed ?? bare ?? '');
  if (address === undefined || familyOf(address) !== (bracketed === undefined ? 4 : 6)) return undefined;
  const port = portText === undefined ? undefined : Number(portText);
  return port === undefined || (port > 0 && port < 65_536) ? { address, port } : undefined;
}
