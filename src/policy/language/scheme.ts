/**
 * Which fields and functions an expression may name, and of what type. Names become slots when an expression is
 * parsed, so that evaluation looks nothing up by name.
 */
import type { Address } from '../../wire/address.ts';
import type { ListType } from '../lists/list-type.ts';
import type { TextKind } from '../values/text-value.ts';
import type { Type } from '../values/types.ts';

export interface FieldSpec {
  /** Words joined by dots, `net.fqdn.host`. Must not begin with `not`: the operator needs no blank after it. */
  readonly name: string;
  readonly type: Type;
  /** How texts of this field compare; `plain` (byte for byte) when absent. */
  readonly text?: TextKind;
  /** The types of lists that may stand after `in $`; none when absent. */
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
  /** Pure. Undefined is a value that is missing, in the arguments as in the result. */
  call(values: readonly (FunctionValue | undefined)[]): FunctionValue | undefined;
}

export interface SchemeOptions {
  readonly functions?: readonly FunctionSpec[];
  readonly records?: readonly RecordSpec[];
  /** Whether there are any() and all(); default: yes. */
  readonly quantifies?: boolean;
}

export class Scheme {
  readonly fields: readonly Field[];
  readonly quantifies: boolean;
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #functions: ReadonlyMap<string, FunctionSpec>;
  readonly #records: ReadonlyMap<string, RecordSpec>;

  /** Throws RangeError for a name that is used twice or cannot be written in an expression. */
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

  /** The field of this name; throws RangeError when there is none. For programs that name fields themselves. */
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
