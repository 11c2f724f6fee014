/** Follows CNAME records from the queried name to the name that has the data (RFC 1034 section 3.6.2). */
import type { Address } from '../../wire/address.ts';
import { RecordType } from '../../wire/dns/codes.ts';
import type { Message, ResourceRecord } from '../../wire/dns/message.ts';
import { parseName } from '../../wire/dns/name.ts';
import { effectiveTtl } from '../../wire/dns/ttl.ts';

export interface Chain {
  /** The records of the queried type at the end of the chain; empty if there is no data. */
  readonly records: readonly ResourceRecord[];
  /** The CNAME targets along the chain. */
  readonly aliases: readonly string[];
  /** The lowest TTL of the chain and of the records at its end. */
  readonly ttlSeconds: number;
}

/** Chosen by us; chains of twelve occur in the wild. */
const MAX_LINKS = 16;

/** Undefined when the chain loops or is longer than 16 links. */
export function followChain({ bytes, question, records }: Message): Chain | undefined {
  const answers = records.filter(({ section, class: c }) => section === 'answer' && c === question.class);
  const aliases: string[] = [];
  let name = question.name;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const here = answers.filter((record) => record.name === name);
    const found = here.filter((record) => record.type === question.type);
    const cname = here.find((record) => record.type === RecordType.CNAME);
    if (found.length > 0 || cname === undefined) {
      return {
        records: found,
        aliases,
        ttlSeconds: Math.min(ttlSeconds, ...found.map(({ ttl }) => effectiveTtl(ttl))),
      };
    }
    ttlSeconds = Math.min(ttlSeconds, effectiveTtl(cname.ttl));
    const target = parseName(bytes, cname.rdataAt);
    if (target === undefined) return undefined;
    name = target.name;
    aliases.push(name);
  }
  return undefined;
}

/** The distinct addresses of A or AAAA records. */
export function addressesOf(records: readonly ResourceRecord[]): Address[] {
  const distinct = new Map(records.map(({ rdata }) => [rdata.join('.'), Uint8Array.from(rdata)]));
  return [...distinct.values()];
}
