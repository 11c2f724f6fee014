/** Hashes of texts and integers: 32 bits, signed. Not for secrets: anybody can make two values collide. */

/** FNV-1a, mixed once more so that the low bits, which choose a slot, depend on every byte. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** Of the low 32 bits of an integer. */
export function hashInteger(value: number): number {
  return mix(value | 0);
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
