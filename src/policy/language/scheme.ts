/**
 * The fields and functions that expressions may use, with their types. Names are resolved to slots when an expression is
 * parsed, so evaluation does not look anything up by name.
 */
import type { Address } from '../../wire/address.ts';
import type { ListType } from '../lists/list-type.ts';
import type { TextKind } from '../values/text-value.ts';
import type { Type } from '../values/types.ts';

export interface FieldSpec {
  /** Words joined by dots, such as `net.fqdn.host`. Must not begin with `not`, an operator that needs no space after it. */
  readonly name: string;
  readonly type: Type;
  /** How values of this field are compared as texts. Default: `plain` (byte by byte). */
  readonly text?: TextKind;
  /** The types of lists allowed after `in $`. Default: none. */
  readonly lists?: readonly ListType[];
}

export interface Field extends Required<FieldSpec> {
  /** Index among the fields of the same type in `Facts`. */
  readonly slot: number;
}

/** An array of records, `identity.groups`, whose attributes are kept as parallel array fields `identity.groups.name`. */
export interface RecordSpec {
  readonly name: string;
  readonly attributes: readonly string[];
}

export type FunctionValue = boolean | number | string | Address;

export interface FunctionSpec {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly returns: Type;
  /** Must be pure. Undefined stands for a missing value, in arguments and in the result. */
  call(values: readonly (FunctionValue | undefined)[]): FunctionValue | undefined;
}

export interface SchemeOptions {
  readonly functions?: readonly FunctionSpec[];
  readonly records?: readonly RecordSpec[];
  /** Whether any() and all() exist. Default: true. */
  readonly quantifies?: boolean;
}

export class Scheme {
  readonly fields: readonly Field[];
  readonly quantifies: boolean;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #functions: ReadonlyMap<string, FunctionSpec>;
  readonly #records: ReadonlyMap<string, RecordSpec>;

  /** Throws RangeError for a name that is not unique or cannot be written in an expression. */
  constructor(specs: readonly FieldSpec[], options: SchemeOptions = {}) {
    this.fields = assignSlots(specs);
    this.quantifies = options.quantifies ?? true;
    this.#fields = indexByName(this.fields);
    this.#functions = indexByName(options.functions ?? []);
    this.#records = indexByName(options.records ?? []);
  }

  field(name: string): Field | undefined {
    return this.#fields.get(name);
  }

  /** The field of this name, for code that refers to a fixed field. Throws RangeError when there is none. */
  require(name: string): Field {
    const field = this.#fields.get(name);
    if (field === undefined) throw new RangeError(`Cannot use field '${name}': the scheme has no such field`);
    return field;
  }

  function(name: string): FunctionSpec | undefined {
    return this.#functions.get(name);
  }

  record(name: string): RecordSpec | undefined {
    return this.#records.get(name);
  }
}

function assignSlots(specs: readonly FieldSpec[]): readonly Field[] {
  const used = new Map<string, number>();
  return specs.map((spec) => {
    const { scalar, shape } = spec.type;
    const store = shape === 'one' || shape === 'array' ? `${scalar} ${shape}` : 'map';
    const slot = used.get(store) ?? 0;
    used.set(store, slot + 1);
    return { ...spec, text: spec.text ?? 'plain', lists: spec.lists ?? [], slot };
  });
}

function indexByName<T extends { readonly name: string }>(specs: readonly T[]): ReadonlyMap<string, T> {
  const index = new Map<string, T>();
  for (const spec of specs) {
    if (index.has(spec.name)) throw new RangeError(`Cannot add '${spec.name}': the name is taken`);
    if (!/^\w+(\.\w+)*$/.test(spec.name) || spec.name.startsWith('not')) {
      throw new RangeError(`Cannot add '${spec.name}': an expression cannot spell this name`);
    }
    index.set(spec.name, spec);
  }
  return index;
}
