/**
 * The values of a scheme's fields for one connection or one DNS question. The object is reused: `clear`, set the fields,
 * decide. A field that is not set is missing (nil), for which the language has rules of its own (docs/policy.md, Operators).
 */
import type { Address } from '../../wire/address.ts';
import type { Field, Scheme } from '../language/scheme.ts';
import { canonicalText, encodeText } from '../values/text-value.ts';
import { formatType, type Type } from '../values/types.ts';

/** The value of an array field, in which elements may be missing. */
export type Elements<T> = readonly (T | undefined)[];

/** The value of a map field: its arrays by key, and the elements that `[*]` iterates over. */
interface AttributeSet {
  readonly byName: ReadonlyMap<string, Elements<string>>;
  /** `name=value` for a map of arrays, the bare values for a map of texts. */
  readonly each: Elements<string>;
}

export class Facts {
  readonly scheme: Scheme;
  // One array per type, indexed by the field's slot. Compiled expressions read them; only the setters write them.
  readonly flags: (boolean | undefined)[] = [];
  readonly integers: (number | undefined)[] = [];
  readonly texts: (string | undefined)[] = [];
  readonly addresses: (Address | undefined)[] = [];
  /** Further values of single-text fields. A comparison holds if it holds for any of a field's values, `!=` if for all. */
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

  /** Makes every field missing. */
  clear(): void {
    for (const store of this.#stores) store.fill(undefined);
  }

  /** Copies every field that is set in `other`, which must have the same scheme: for facts that are reused often. */
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

  /** Converts the value to its canonical form, so that comparisons need not do it. */
  setText(field: Field, text: string): void {
    checkType(field, 'Bytes', 'one');
    this.texts[field.slot] = canonicalText(encodeText(text), field.text);
  }

  /** Sets further values of a single-text field, such as the CNAME targets of a hostname. */
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
