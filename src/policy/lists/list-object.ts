/** A list as the management API and policy files spell it (docs/policy.md, Lists). */
import { z } from 'zod';
import { LIST_TYPES } from './list-type.ts';

const itemValue = z.union([z.string(), z.number()]);

/** A value, or an object of which only `value` decides. */
export const listItemSchema = z.union([itemValue, z.looseObject({ value: itemValue })]);

export const listObjectSchema = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  type: z.enum(LIST_TYPES),
  items: z.array(listItemSchema).optional(),
});

/** All but what the items are: there may be a million. */
export const listHeadSchema = listObjectSchema.extend({
  items: z.custom<unknown>((items) => Array.isArray(items), 'expected an array').optional(),
});

export type ListObject = z.input<typeof listObjectSchema>;
