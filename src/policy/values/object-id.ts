/** Normalises the id of a rule or a list: dashes and letter case do not matter. */
export function foldId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
