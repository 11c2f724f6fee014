/** `geosite.dat` by hand: protobuf (GeoSiteList of v2ray-core) from plain objects, independent of the reader. */
import { Buffer } from 'node:buffer';

export interface SiteDomain {
  readonly type: 'keyword' | 'regex' | 'below' | 'exact';
  readonly value: string;
  readonly attributes?: readonly string[];
}

const TYPES = ['keyword', 'regex', 'below', 'exact'];

/** Lists by code; v2fly writes codes in upper case. */
export function writeGeosite(lists: Readonly<Record<string, readonly SiteDomain[]>>): Buffer {
  return Buffer.concat(
    Object.entries(lists).map(([code, domains]) =>
      message(1, Buffer.concat([message(1, Buffer.from(code)), ...domains.map(domain)])),
    ),
  );
}

/** v2fly leaves a type of 0 out, as proto3 does with defaults. */
function domain({ type, value, attributes = [] }: SiteDomain): Buffer {
  const number = TYPES.indexOf(type);
  return message(
    2,
    Buffer.concat([
      ...(number === 0 ? [] : [Buffer.of(1 << 3, number)]),
      message(2, Buffer.from(value)),
      ...attributes.map((key) =>
        message(3, Buffer.concat([message(1, Buffer.from(key)), Buffer.of(2 << 3, 1)])),
      ),
    ]),
  );
}

function message(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
