/**
 * Compiles the lists that expressions name as `$id` or `$name`: values into a hash set, addresses into sorted ranges, so that
 * the size of a list hardly affects a decision (docs/policy.md, Lists).
 */
import { eachInSteps, finish, type Steps } from '../../time/steps.ts';
import type { Address } from '../../wire/address.ts';
import { addressSetInSteps } from '../lookup/address-set.ts';
import { TextSet } from '../lookup/text-set.ts';
import { type AddressRange, readRange } from '../values/address-range.ts';
import { toAsciiName } from '../values/domain-name.ts';
import { canonicalText, encodeText } from '../values/text-value.ts';
import type { ListObject } from './list-object.ts';
import type { ListType } from './list-type.ts';

interface ListIdentity {
  readonly id: string;
  readonly name: string;
  readonly type: ListType;
  /** The number of entries as written, including those with problems. */
  readonly size: number;
}

/** A compiled list. `scalar` determines the type of its values. Look-ups take O(1), or O(log n) for addresses. */
export type ValueList = ListIdentity &
  (
    | { readonly scalar: 'Int'; readonly values: Iterable<number>; has(value: number): boolean }
    | { readonly scalar: 'Bytes'; readonly values: Iterable<string>; has(value: string): boolean }
    | { readonly scalar: 'Ip'; readonly ranges: readonly AddressRange[]; has(value: Address): boolean }
  );

export interface ListItemProblem {
  /** Index into the list's items. */
  readonly item: number;
  readonly message: string;
}

export interface CompiledList {
  /** Without the entries that have problems. */
  readonly list: ValueList;
  readonly problems: readonly ListItemProblem[];
}

/** Never throws: entries that do not fit the list's type are reported as problems. */
export function compileList(object: ListObject): CompiledList {
  return finish(compileListInSteps(object));
}

/** As `compileList`, in bounded steps: a list may have a million entries. */
export function* compileListInSteps({ id, name, type, items = [] }: ListObject): Steps<CompiledList> {
  const identity = { id, name, type, size: items.length };
  const problems: ListItemProblem[] = [];
  const parseEach = <T>(
    parse: (value: string) => T | undefined,
    expected: string,
    take: (value: T, written: string) => void,
  ) =>
    eachInSteps(items, (given, item) => {
      const value = String(typeof given === 'object' ? given.value : given);
      const parsed = parse(value);
      if (parsed !== undefined) take(parsed, value);
      else problems.push({ item, message: `Cannot use '${value}': expected ${expected}` });
    });
  if (type === 'IP') {
    const ranges: AddressRange[] = [];
    yield* parseEach(parseRange, 'an address or a prefix without host bits', (range) => ranges.push(range));
    const set = yield* addressSetInSteps(ranges);
    return {
      list: { ...identity, scalar: 'Ip', ranges: set.ranges, has: (address) => set.has(address) },
      problems,
    };
  }
  if (type === 'CATEGORY') {
    const set = new Set<number>();
    yield* parseEach(parseId, 'the number of a category', (id) => set.add(id));
    return { list: { ...identity, scalar: 'Int', values: set, has: (value) => set.has(value) }, problems };
  }
  const set = new TextSet(items.length);
  yield* parseEach(
    (value) => parseText(value, type),
    expectedText(type),
    (text, written) => {
      set.add(text);
      // Attributes and claims are plain texts, whose case counts: the address must be found as written, too.
      if (type === 'EMAIL') set.add(encodeText(written.trim()));
    },
  );
  return { list: { ...identity, scalar: 'Bytes', values: set, has: (value) => set.has(value) }, problems };
}

function parseRange(value: string): AddressRange | undefined {
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
