/**
 * The COOKIE option (RFC 7873 section 4): eight bytes from the client, followed by the server's part once the client has
 * one. A valid cookie proves that its sender receives what is sent to its address.
 */
import { OptionCode } from './codes.ts';
import type { Edns, EdnsOption } from './edns.ts';

export interface Cookie {
  readonly client: Uint8Array;
  /** Empty when the client has none yet. */
  readonly server: Uint8Array;
}

export const CLIENT_COOKIE_BYTES = 8;
const LEAST_SERVER_BYTES = 8;
const MOST_SERVER_BYTES = 32;

/** The first COOKIE option (RFC 7873 section 5.2: others are ignored); `malformed` when its length is invalid. */
export function findCookie(edns: Edns | undefined): Cookie | 'malformed' | undefined {
  const option = edns?.options.find(({ code }) => code === OptionCode.COOKIE);
  if (option === undefined) return undefined;
  const serverBytes = option.data.length - CLIENT_COOKIE_BYTES;
  const isWhole = serverBytes >= LEAST_SERVER_BYTES && serverBytes <= MOST_SERVER_BYTES;
  if (serverBytes !== 0 && !isWhole) return 'malformed';
  return {
    client: option.data.slice(0, CLIENT_COOKIE_BYTES),
    server: option.data.slice(CLIENT_COOKIE_BYTES),
  };
}

export function cookieOption({ client, server }: Cookie): EdnsOption {
  return { code: OptionCode.COOKIE, data: Uint8Array.from([...client, ...server]) };
}
