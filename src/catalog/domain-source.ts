/** Reads an imported list of the names of a category, in one of the supported formats. */
import { parseDomainList, parseHostsFile } from './domain-list.ts';
import { DomainSet } from './domain-set.ts';
import { parseGeosite } from './geosite.ts';

export const SOURCE_FORMATS = ['domains', 'hosts', 'geosite'] as const;

export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export interface ReadSource {
  readonly names: DomainSet;
  /** Describes what was left out. */
  readonly warnings: readonly string[];
}

/** `list` is required for a geosite file. Throws DomainSourceError. */
export function readDomainSource(bytes: Uint8Array, format: SourceFormat, list = ''): ReadSource {
  const { entries, warnings } = parse(bytes, format, list);
  return { names: new DomainSet(entries), warnings };
}

function parse(bytes: Uint8Array, format: SourceFormat, list: string) {
  if (format === 'geosite') return parseGeosite(bytes, list);
  const text = new TextDecoder().decode(bytes);
  return format === 'hosts' ? parseHostsFile(text) : parseDomainList(text);
}
