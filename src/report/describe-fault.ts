/** Turns zod's issues into error messages of our own, which include the offending value. */
import type { z } from 'zod';

/** The message for an issue that zod found in `whole`. */
export function describeFault(whole: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `Cannot use ${issue.keys.map(quoteValue).join(', ')}: there is no such key`;
  const value = valueAt(whole, issue.path);
  const reason = reasonOf(issue);
  const message =
    value === undefined ? `Cannot leave it out: ${reason}` : `Cannot use ${quoteValue(value)}: ${reason}`;
  return message.replace(', received undefined', '');
}

/** A value for an error message, as JSON: `"203.0.113"`, `12`, `[]`; truncated if it is long. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The reason; for a union, the distinct reasons of its alternatives. */
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
