/** Cache keys of questions and of absent names. */
import type { UpstreamQuestion } from '../upstream/sent-query.ts';

/** Unique per question, since canonical names contain no spaces. DO and CD affect the answer (RFC 4035 section 4.7). */
export function keyOf({
  name,
  type,
  class: recordClass,
  dnssecOk,
  checkingDisabled,
}: UpstreamQuestion): string {
  return `${name} ${type} ${recordClass} ${Number(dnssecOk)}${Number(checkingDisabled)}`;
}

/** NXDOMAIN is about the name, whatever the type of the question (RFC 2308 section 5). */
export function absenceKey({ name, class: recordClass, checkingDisabled }: UpstreamQuestion): string {
  return `${name} absent ${recordClass} ${Number(checkingDisabled)}`;
}

/** The parent domain; empty for a single label. */
export function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}
