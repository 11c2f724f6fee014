/** The lists of the benchmark: 100,000 entries in eight lists, domains for the most part, as shops keep them. */
import type { ListObject } from '../../src/policy/lists/list-object.ts';
import type { Draw } from '../../test/support/draw.ts';
import { drawDomain, drawEmail, drawNetwork } from './world.ts';

const SIZES = {
  DOMAIN: [40_000, 20_000, 10_000, 5_000],
  IP: [12_000, 8_000],
  EMAIL: [4_000, 1_000],
} as const;
export type MixedListType = keyof typeof SIZES;

/** A list as a policy has it, with its entries at hand. */
export interface MixedList {
  readonly name: string;
  readonly type: MixedListType;
  readonly items: readonly string[];
}

export function makeLists(draw: Draw): readonly MixedList[] {
  const entry = {
    DOMAIN: () => drawDomain(draw),
    IP: () => drawNetwork(draw).prefix,
    EMAIL: () => drawEmail(draw),
  };
  return (['DOMAIN', 'IP', 'EMAIL'] as const).flatMap((type) =>
    SIZES[type].map((size, index) => ({
      name: `${type.toLowerCase()}_list_${index}`,
      type,
      items: draw.some(size, entry[type]),
    })),
  );
}

export function listObjects(lists: readonly MixedList[]): ListObject[] {
  return lists.map(({ name, type, items }) => ({ id: name, name, type, items: [...items] }));
}

export function drawList(draw: Draw, lists: readonly MixedList[], type: MixedListType): MixedList {
  return draw.one(lists.filter((list) => list.type === type));
}
