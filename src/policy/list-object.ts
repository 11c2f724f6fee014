/** A list as the management API and policy files spell it (management-api.md C.3). */
import { z } from 'zod';
import { LIST_TYPES } from './list-type.ts';

const itemValue = z.union([z.string(), z.number()]);

export const listObjectSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  type: z.enum(LIST_TYPES),
  /** Values, or objects of which only `value` decides. */
  items: z.array(z.union([itemValue, z.looseObject({ value: itemValue })])).optional(),
});

export type ListObject = z.input<typeof listObjectSchema>;
