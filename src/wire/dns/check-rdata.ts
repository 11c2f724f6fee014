/**
 * Validates the record data of the types whose data may hold compressed names (RFC 3597 section 4) or addresses, so that
 * a relayed message cannot harm the client that decodes it. Data of other types is opaque.
 */
import { RecordClass, RecordType } from './codes.ts';
import { parseName } from './name.ts';

export interface RdataPlace {
  readonly type: number;
  readonly class: number;
  readonly at: number;
  readonly end: number;
}

interface Layout {
  readonly before: number;
  readonly names: number;
  readonly after: number;
}

/** Fixed bytes, names, fixed bytes: RFC 1035 section 3.3, and RFC 1183, 2163, 2230, 2782 and 6672 for the later ones. */
const LAYOUTS = new Map<number, Layout>([
  [RecordType.NS, { before: 0, names: 1, after: 0 }],
  [3, { before: 0, names: 1, after: 0 }], // MD
  [4, { before: 0, names: 1, after: 0 }], // MF
  [RecordType.CNAME, { before: 0, names: 1, after: 0 }],
  [RecordType.SOA, { before: 0, names: 2, after: 20 }],
  [7, { before: 0, names: 1, after: 0 }], // MB
  [8, { before: 0, names: 1, after: 0 }], // MG
  [9, { before: 0, names: 1, after: 0 }], // MR
  [RecordType.PTR, { before: 0, names: 1, after: 0 }],
  [14, { before: 0, names: 2, after: 0 }], // MINFO
  [RecordType.MX, { before: 2, names: 1, after: 0 }],
  [17, { before: 0, names: 2, after: 0 }], // RP
  [18, { before: 2, names: 1, after: 0 }], // AFSDB
  [21, { before: 2, names: 1, after: 0 }], // RT
  [26, { before: 2, names: 2, after: 0 }], // PX
  [RecordType.SRV, { before: 6, names: 1, after: 0 }],
  [36, { before: 2, names: 1, after: 0 }], // KX
  [RecordType.DNAME, { before: 0, names: 1, after: 0 }],
]);

const ADDRESS_BYTES = new Map<number, number>([
  [RecordType.A, 4],
  [RecordType.AAAA, 16],
]);

/** Whether the data is valid for its type. In classes other than IN, A has another format (RFC 1035 section 3.4). */
export function checkRdata(bytes: Uint8Array, place: RdataPlace): boolean {
  const addressBytes = ADDRESS_BYTES.get(place.type);
  if (addressBytes !== undefined) {
    return place.class !== RecordClass.IN || place.end - place.at === addressBytes;
  }
  const layout = LAYOUTS.get(place.type);
  return layout === undefined || fitsLayout(bytes, place, layout);
}

function fitsLayout(bytes: Uint8Array, place: RdataPlace, layout: Layout): boolean {
  let at = place.at + layout.before;
  for (let index = 0; index < layout.names; index++) {
    const parsed = at < place.end ? parseName(bytes, at) : undefined;
    if (parsed === undefined) return false;
    at = parsed.next;
  }
  return at + layout.after === place.end;
}
