/** A list as the management API and policy files spell it (docs/policy.md, Lists). */
import { z } from 'zod';
import { LIST_TYPES } from './list-type.ts';

const itemValue = z.union([z.string(), z.number()]);

/** A value, or an object with a value; its other keys have no effect. */
export const listItemSchema = z.union([itemValue, z.looseObject({ value: itemValue })]);

const listObjectSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  type: z.enum(LIST_TYPES),
  items: z.array(listItemSchema).optional(),
});

/** Everything but the items themselves, of which there may be a million: they are checked in steps. */
export const listHeadSchema = listObjectSchema.extend({
  items: z.custom<unknown>((items) => Array.isArray(items), 'expected an array').optional(),
});

export type ListObject = z.input<typeof listObjectSchema>;
