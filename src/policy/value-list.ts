/**
 * Lists that expressions name as `$id` or `$name`: typed values in a hash, addresses in sorted ranges, so that the
 * number of entries does not matter to a decision (management-api.md C.3).
 */
import type { Address } from '../wire/address.ts';
import { type AddressRange, readRange } from './address-range.ts';
import { type AddressSet, addressSetOf } from './address-set.ts';
import { toAsciiName } from './domain-name.ts';
import type { ListObject } from './list-object.ts';
import type { ListType } from './list-type.ts';
import { canonicalText, encodeText } from './text-value.ts';

interface ListIdentity {
  readonly id: string;
  readonly name: string;
  readonly type: ListType;
  readonly size: number;
}

export type ValueList = ListIdentity &
  (
    | { readonly scalar: 'Int'; readonly values: ReadonlySet<number>; has(value: number): boolean }
    | { readonly scalar: 'Bytes'; readonly values: ReadonlySet<string>; has(value: string): boolean }
    | { readonly scalar: 'Ip'; readonly ranges: readonly AddressRange[]; has(value: Address): boolean }
  );

export interface ListItemProblem {
  /** Index into the list's items. */
  readonly item: number;
  readonly message: string;
}

/** The list, without the entries that are told as problems. */
export function compileList(object: ListObject): {
  readonly list: ValueList;
  readonly problems: readonly ListItemProblem[];
} {
  const { id, name, type } = object;
  const values = (object.items ?? []).map((item) => String(typeof item === 'object' ? item.value : item));
  const identity = { id, name, type, size: values.length };
  const problems: ListItemProblem[] = [];
  const parseAll = <T>(parse: (value: string) => T | undefined, expected: string): T[] =>
    values.flatMap((value, item) => {
      const parsed = parse(value);
      if (parsed === undefined)
        problems.push({ item, message: `Cannot use '${value}': expected ${expected}` });
      return parsed === undefined ? [] : [parsed];
    });
  if (type === 'IP') {
    const set: AddressSet = addressSetOf(parseAll(parseRange, 'an address or a prefix without host bits'));
    return {
      list: { ...identity, scalar: 'Ip', ranges: set.ranges, has: (address) => set.has(address) },
      problems,
    };
  }
  if (type === 'CATEGORY') {
    const set = new Set(parseAll(parseId, 'the number of a category'));
    return { list: { ...identity, scalar: 'Int', values: set, has: (value) => set.has(value) }, problems };
  }
  const set = new Set(parseAll((value) => parseText(value, type), expectedText(type)));
  return { list: { ...identity, scalar: 'Bytes', values: set, has: (value) => set.has(value) }, problems };
}

function parseRange(value: string): (ReturnType<typeof readRange> & object) | undefined {
  const range = readRange(value.trim());
  return typeof range === 'string' ? undefined : range;
}

function parseId(value: string): number | undefined {
  return /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : undefined;
}

/** Labels of any script, none empty; no wildcards, ports or paths. */
const DOMAIN_NAME = /^[^\s.*/:]+(\.[^\s.*/:]+)*\.?$/;

function parseText(value: string, type: ListType): string | undefined {
  const text = value.trim();
  if (text === '') return undefined;
  switch (type) {
    case 'DOMAIN':
      return DOMAIN_NAME.test(text) ? toAsciiName(text) : undefined;
    case 'EMAIL':
      return canonicalText(encodeText(text), 'email');
    case 'LOCATION':
      return canonicalText(encodeText(text), 'continent');
    default:
      return encodeText(text);
  }
}

function expectedText(type: ListType): string {
  return type === 'DOMAIN' ? 'a domain name without wildcards' : 'some text';
}
