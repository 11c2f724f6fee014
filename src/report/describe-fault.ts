/** Turns what zod found wrong with a value into our wording, which includes the value itself. */
import type { z } from 'zod';

/** The message for an issue that zod found within `whole`, with the offending value in it. */
export function describeFault(whole: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `Cannot use ${issue.keys.map(quoteValue).join(', ')}: there is no such key`;
  const value = valueAt(whole, issue.path);
  const reason = reasonOf(issue);
  const message =
    value === undefined ? `Cannot leave it out: ${reason}` : `Cannot use ${quoteValue(value)}: ${reason}`;
  return message.replace(', received undefined', '');
}

/** `"203.0.113"`, `12`, `[]`: the offending value, cut when it is long. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** For a value that may be of several kinds: what each of them requires. */
function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union')
    return issue.message.replace(/^(Invalid input|Invalid option|Too small|Too big): /, '');
  const reasons = issue.errors.flat().map((choice) => reasonOf(choice).replace(/, received \w+$/, ''));
  return [...new Set(reasons)].join(', or ');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null && Object.hasOwn(here, step)
        ? Reflect.get(here, step)
        : undefined,
    value,
  );
}
