/** The lists of a policy; what is wrong with one is added to the problems, and its other entries still count. */
import { type ListObject, listObjectSchema } from './list-object.ts';
import { pointerTo, problemOf, type RuleProblem } from './rule-problem.ts';
import { compileList, type ValueList } from './value-list.ts';

export function compileLists(objects: readonly ListObject[], problems: RuleProblem[]): readonly ValueList[] {
  const seen = new Set<string>();
  return objects.flatMap((object, index) => {
    const refuse = (pointer: string, message: string) =>
      problems.push({ ...problemOf(object, index, 'list', pointer, message), subject: 'list' });
    const checked = listObjectSchema.safeParse(object);
    if (!checked.success) {
      for (const issue of checked.error.issues) refuse(pointerTo(issue.path), issue.message);
      return [];
    }
    const id = object.id.replaceAll('-', '').toLowerCase();
    if (seen.has(id)) refuse('/id', `Cannot use id '${object.id}': another list has it`);
    seen.add(id);
    const { list, problems: itemProblems } = compileList(object);
    for (const { item, message } of itemProblems) refuse(`/items/${item}`, message);
    return [list];
  });
}
