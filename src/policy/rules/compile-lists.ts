/** Compiles the lists of a policy. Invalid entries are reported in `problems` and left out. */
import { describeFault } from '../../report/describe-fault.ts';
import { eachInSteps, type Steps } from '../../time/steps.ts';
import { type ListObject, listHeadSchema, listItemSchema } from '../lists/list-object.ts';
import { compileListInSteps, type ValueList } from '../lists/value-list.ts';
import { foldId } from '../values/object-id.ts';
import { pointerTo, problemOf, type RuleProblem } from './rule-problem.ts';

export function* compileListsInSteps(
  objects: readonly ListObject[],
  problems: RuleProblem[],
): Steps<readonly ValueList[]> {
  const seen = new Set<string>();
  const lists: ValueList[] = [];
  for (const [index, object] of objects.entries()) {
    const refuse = (pointer: string, message: string) =>
      problems.push({ ...problemOf(object, index, 'list', pointer, message), subject: 'list' });
    const issues = yield* checkInSteps(object);
    for (const { path, message } of issues) refuse(pointerTo(path), message);
    if (issues.length > 0) continue;
    const id = foldId(object.id);
    if (seen.has(id)) refuse('/id', `Cannot use id '${object.id}': another list has it`);
    seen.add(id);
    const { list, problems: itemProblems } = yield* compileListInSteps(object);
    for (const { item, message } of itemProblems) refuse(`/items/${item}`, message);
    lists.push(list);
  }
  return lists;
}

interface ShapeIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function* checkInSteps(object: ListObject): Steps<readonly ShapeIssue[]> {
  const head = listHeadSchema.safeParse(object);
  if (!head.success)
    return head.error.issues.map((issue) => ({ path: issue.path, message: describeFault(object, issue) }));
  const issues: ShapeIssue[] = [];
  yield* eachInSteps(object.items ?? [], (item, index) => {
    if (typeof item === 'string') return;
    const { error } = listItemSchema.safeParse(item);
    for (const issue of error?.issues ?? [])
      issues.push({ path: ['items', index, ...issue.path], message: describeFault(item, issue) });
  });
  return issues;
}
