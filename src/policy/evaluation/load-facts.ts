/** Loads facts from a JSON object keyed by field name: the `context` of a policy case. */
import { type Address, parseAddress } from '../../wire/address.ts';
import type { Field, Scheme } from '../language/scheme.ts';
import { toAsciiName } from '../values/domain-name.ts';
import { type Elements, Facts } from './facts.ts';

/** A value that does not fit the type of its field. */
export class FactError extends Error {
  override readonly name = 'FactError';
}

/**
 * Absent keys and null are missing values. A single value may stand for an array of one element, and vice versa. Also returns
 * the keys that match no field, which have no effect. Throws FactError.
 */
export function loadFacts(
  context: Readonly<Record<string, unknown>>,
  scheme: Scheme,
): { readonly facts: Facts; readonly unknownKeys: readonly string[] } {
  const facts = new Facts(scheme);
  const unknownKeys: string[] = [];
  for (const [key, value] of Object.entries(context)) {
    if (value === null || value === undefined) continue;
    const field = scheme.field(key);
    if (field !== undefined) setField(facts, field, value);
    else if (!setRecord(facts, key, value)) unknownKeys.push(key);
  }
  return { facts, unknownKeys };
}

function setField(facts: Facts, field: Field, value: unknown): void {
  switch (field.type.shape) {
    case 'one': {
      const single = toSingle(field, value);
      if (single !== undefined) setSingle(facts, field, single);
      break;
    }
    case 'array':
      setArray(facts, field, Array.isArray(value) ? value : [value]);
      break;
    case 'map':
    case 'map-of-arrays':
      facts.setAttributes(field, toAttributes(field, value));
  }
}

function setSingle(facts: Facts, field: Field, value: unknown): void {
  switch (field.type.scalar) {
    case 'Bool':
      facts.setFlag(field, toFlag(field, value));
      break;
    case 'Int':
      facts.setInteger(field, toInteger(field, value));
      break;
    case 'Bytes':
      facts.setText(field, toText(field, value));
      break;
    case 'Ip':
      facts.setAddress(field, toAddress(field, value));
  }
}

function setArray(facts: Facts, field: Field, values: readonly unknown[]): void {
  switch (field.type.scalar) {
    case 'Bool':
      throw misfit(field, values, 'no array of truths');
    case 'Int':
      facts.setIntegers(field, toElements(field, values, toInteger));
      break;
    case 'Bytes':
      facts.setTexts(field, toElements(field, values, toText));
      break;
    case 'Ip':
      facts.setAddresses(field, toElements(field, values, toAddress));
  }
}

/** `identity.groups: [{id, name, email}]` fills the record's parallel arrays. */
function setRecord(facts: Facts, key: string, value: unknown): boolean {
  const record = facts.scheme.record(key);
  if (record === undefined) return false;
  const members = Array.isArray(value) ? value : [value];
  for (const attribute of record.attributes) {
    const field = facts.scheme.require(`${key}.${attribute}`);
    const values = members.map((member: unknown) => attributeOf(field, member, attribute));
    facts.setTexts(field, values);
  }
  return true;
}

function attributeOf(field: Field, member: unknown, attribute: string): string | undefined {
  if (!isObject(member)) throw misfit(field, member, `an object with ${attribute}`);
  const value = Object.hasOwn(member, attribute) ? member[attribute] : undefined;
  return value === undefined || value === null ? undefined : toText(field, value);
}

function toSingle(field: Field, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length > 1) throw misfit(field, value, 'a single value');
  return value[0] ?? undefined;
}

function toElements<T>(
  field: Field,
  values: readonly unknown[],
  convert: (field: Field, value: unknown) => T,
): Elements<T> {
  return values.map((value) => (value === null || value === undefined ? undefined : convert(field, value)));
}

function toFlag(field: Field, value: unknown): boolean {
  if (typeof value !== 'boolean') throw misfit(field, value, 'true or false');
  return value;
}

function toInteger(field: Field, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw misfit(field, value, 'an integer');
  return value;
}

function toText(field: Field, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') throw misfit(field, value, 'a text');
  return field.text === 'name' ? (toAsciiName(value) ?? value) : value;
}

function toAddress(field: Field, value: unknown): Address {
  const address = typeof value === 'string' ? parseAddress(value) : undefined;
  if (address === undefined) throw misfit(field, value, 'an IP address');
  return address;
}

/** An object of values by name, or an array of `name=value` texts. */
function toAttributes(field: Field, value: unknown): ReadonlyMap<string, Elements<string>> {
  const attributes = new Map<string, Elements<string>>();
  if (Array.isArray(value)) {
    for (const pair of toElements(field, value, toText)) {
      const [, name = '', text = ''] = /^([^=]*)=?(.*)$/s.exec(pair ?? '') ?? [];
      attributes.set(name, [...(attributes.get(name) ?? []), text]);
    }
    return attributes;
  }
  if (!isObject(value)) throw misfit(field, value, 'an object of texts by name');
  for (const [name, values] of Object.entries(value)) {
    attributes.set(name, toElements(field, Array.isArray(values) ? values : [values], toText));
  }
  return attributes;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misfit(field: Field, value: unknown, expected: string): FactError {
  return new FactError(`Cannot set ${field.name} to ${JSON.stringify(value)}: expected ${expected}`);
}
