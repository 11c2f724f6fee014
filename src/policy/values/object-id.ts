/** Ids of rules and lists: the same with dashes and without, in whatever case. */
export function foldId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}
