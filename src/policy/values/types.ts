/** The types of the expression language (wirefilter's): a scalar, or an array or map of scalars. */

export type ScalarType = 'Bool' | 'Int' | 'Bytes' | 'Ip';

export type Shape = 'one' | 'array' | 'map' | 'map-of-arrays';

export interface Type {
  readonly scalar: ScalarType;
  readonly shape: Shape;
}

/** The type in the notation of error messages: `Bytes`, `Array<Bytes>`, `Map<Array<Bytes>>`. */
export function formatType(type: Type): string {
  switch (type.shape) {
    case 'one':
      return type.scalar;
    case 'array':
      return `Array<${type.scalar}>`;
    case 'map':
      return `Map<${type.scalar}>`;
    case 'map-of-arrays':
      return `Map<Array<${type.scalar}>>`;
  }
}
