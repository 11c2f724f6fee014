/**
 * What is known about one connection or one DNS question, by field. A worker keeps one and refills it: `clear`, set,
 * decide. A field that was not set is missing (nil), which is a value of its own in the language (docs/policy.md, Operators).
 */
import type { Address } from '../../wire/address.ts';
import type { Field, Scheme } from '../language/scheme.ts';
import { canonicalText, encodeText } from '../values/text-value.ts';
import { formatType, type Type } from '../values/types.ts';

/** An array as a field holds it; an element may be missing. */
export type Elements<T> = readonly (T | undefined)[];

/** A map field: its arrays by name, and what `[*]` walks over. */
export interface AttributeSet {
  readonly byName: ReadonlyMap<string, Elements<string>>;
  /** `name=value` for a map of arrays, the bare values for a map of texts. */
  readonly each: Elements<string>;
}

export class Facts {
  readonly scheme: Scheme;
  // One array a type, indexed by the field's slot: read by compiled expressions, written by the setters only.
  readonly flags: (boolean | undefined)[] = [];
  readonly integers: (number | undefined)[] = [];
  readonly texts: (string | undefined)[] = [];
  readonly addresses: (Address | undefined)[] = [];
  /** Further values of single-text fields, besides `texts`. A comparison holds if it does for one of them, `!=` if for all. */
  readonly otherTexts: (readonly string[] | undefined)[] = [];
  readonly flagArrays: (Elements<boolean> | undefined)[] = [];
  readonly integerArrays: (Elements<number> | undefined)[] = [];
  readonly textArrays: (Elements<string> | undefined)[] = [];
  readonly addressArrays: (Elements<Address> | undefined)[] = [];
  readonly attributeSets: (AttributeSet | undefined)[] = [];
  readonly #stores: readonly unknown[][] = [
    this.flags,
    this.integers,
    this.texts,
    this.addresses,
    this.otherTexts,
    this.flagArrays,
    this.integerArrays,
    this.textArrays,
    this.addressArrays,
    this.attributeSets,
  ];

  constructor(scheme: Scheme) {
    this.scheme = scheme;
    for (const { type, slot } of scheme.fields) storeOf(this, type)[slot] = undefined;
  }

  /** Forgets everything. */
  clear(): void {
    for (const store of this.#stores) store.fill(undefined);
  }

  /** Takes over every field that `other`, of the same scheme, knows: for facts that are made once and used often. */
  merge(other: Facts): void {
    if (other.scheme !== this.scheme) throw new TypeError('Cannot merge facts: their schemes differ');
    for (let kind = 0; kind < this.#stores.length; kind++) {
      const store = this.#stores[kind] ?? [];
      const theirs = other.#stores[kind] ?? [];
      for (let slot = 0; slot < theirs.length; slot++) {
        if (theirs[slot] !== undefined) store[slot] = theirs[slot];
      }
    }
  }

  setFlag(field: Field, value: boolean): void {
    checkType(field, 'Bool', 'one');
    this.flags[field.slot] = value;
  }

  setInteger(field: Field, value: number): void {
    checkType(field, 'Int', 'one');
    this.integers[field.slot] = value;
  }

  /** Names and e-mail addresses are folded here, once, and not at every comparison. */
  setText(field: Field, text: string): void {
    checkType(field, 'Bytes', 'one');
    this.texts[field.slot] = canonicalText(encodeText(text), field.text);
  }

  /** Further values of a field of one text, such as the names that a hostname is an alias of. */
  setOtherTexts(field: Field, texts: readonly string[]): void {
    checkType(field, 'Bytes', 'one');
    this.otherTexts[field.slot] =
      texts.length === 0 ? undefined : texts.map((text) => canonicalText(encodeText(text), field.text));
  }

  setAddress(field: Field, address: Address): void {
    checkType(field, 'Ip', 'one');
    this.addresses[field.slot] = address;
  }

  setIntegers(field: Field, values: Elements<number>): void {
    checkType(field, 'Int', 'array');
    this.integerArrays[field.slot] = values;
  }

  setTexts(field: Field, texts: Elements<string>): void {
    checkType(field, 'Bytes', 'array');
    this.textArrays[field.slot] = texts.map((text) =>
      text === undefined ? undefined : canonicalText(encodeText(text), field.text),
    );
  }

  setAddresses(field: Field, addresses: Elements<Address>): void {
    checkType(field, 'Ip', 'array');
    this.addressArrays[field.slot] = addresses;
  }

  setAttributes(field: Field, values: ReadonlyMap<string, Elements<string>>): void {
    if (field.type.shape !== 'map') checkType(field, 'Bytes', 'map-of-arrays');
    this.attributeSets[field.slot] = encodeAttributes(values, field.type.shape === 'map');
  }
}

function encodeAttributes(values: ReadonlyMap<string, Elements<string>>, bare: boolean): AttributeSet {
  const byName = new Map<string, Elements<string>>();
  const each: string[] = [];
  for (const [rawName, texts] of values) {
    const name = encodeText(rawName);
    const encoded = texts.flatMap((text) => (text === undefined ? [] : [encodeText(text)]));
    byName.set(name, encoded);
    each.push(...encoded.map((text) => (bare ? text : `${name}=${text}`)));
  }
  return { byName, each };
}

function checkType(field: Field, scalar: Type['scalar'], shape: Type['shape']): void {
  if (field.type.scalar === scalar && field.type.shape === shape) return;
  const found = formatType({ scalar, shape });
  throw new TypeError(`Cannot set '${field.name}': it holds ${formatType(field.type)}, not ${found}`);
}

function storeOf(facts: Facts, type: Type): unknown[] {
  if (type.shape === 'map' || type.shape === 'map-of-arrays') return facts.attributeSets;
  const single = type.shape === 'one';
  switch (type.scalar) {
    case 'Bool':
      return single ? facts.flags : facts.flagArrays;
    case 'Int':
      return single ? facts.integers : facts.integerArrays;
    case 'Bytes':
      return single ? facts.texts : facts.textArrays;
    case 'Ip':
      return single ? facts.addresses : facts.addressArrays;
  }
}
