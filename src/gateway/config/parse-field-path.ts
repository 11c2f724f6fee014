/** From the text of a field's way, as problems carry it, to the way itself. */
import type { FieldPath } from './yaml-source.ts';

/** `devices[2].addresses[0]` → `['devices', 2, 'addresses', 0]`. */
export function parseFieldPath(text: string): FieldPath {
  return Array.from(text.matchAll(/[^.[\]]+/g), ([step]) => (/^\d+$/.test(step) ? Number(step) : step));
}
