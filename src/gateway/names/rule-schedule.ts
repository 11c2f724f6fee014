/** Determines when a DNS rule is in force: weekly hours in a time zone, and an expiry (docs/dns.md, DNS rules). */
import { z } from 'zod';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTE_MS = 60_000;
/** Maximum time spans per day, as in Cloudflare's API. */
const MOST_SPANS = 6;
const SPAN = /^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

const hours = z.string().nullish();
/** Strict, because a rule with a misspelt day would silently not be in force on it. */
const scheduleSchema = z.strictObject({
  ...{ sun: hours, mon: hours, tue: hours, wed: hours, thu: hours, fri: hours, sat: hours },
  time_zone: z.string().nullish(),
});
const expirationSchema = z.object({ expires_at: z.iso.datetime({ offset: true }) });

/** Whether the rule is in force at `wallMs`, milliseconds since 1970. */
export type Schedule = (wallMs: number) => boolean;

/** Null or undefined: always in force. Throws RangeError for invalid hours, time zones and times. */
export function readSchedule(rule: { readonly schedule?: unknown; readonly expiration?: unknown }): Schedule {
  const isInHours = readHours(rule.schedule ?? undefined);
  const endsMs = readExpiration(rule.expiration ?? undefined);
  return (wallMs) => wallMs < endsMs && isInHours(wallMs);
}

function readExpiration(expiration: unknown): number {
  if (expiration === undefined) return Number.POSITIVE_INFINITY;
  const read = expirationSchema.safeParse(expiration);
  if (!read.success) throw new RangeError('Cannot read expiration: expires_at is no RFC 3339 time');
  return Date.parse(read.data.expires_at);
}

function readHours(schedule: unknown): Schedule {
  if (schedule === undefined) return () => true;
  const read = scheduleSchema.safeParse(schedule);
  if (!read.success) throw new RangeError(describeFault(read.error));
  const clock = makeClock(read.data.time_zone ?? undefined);
  const spans = DAYS.map((day) => readSpans(read.data[day] ?? ''));
  let lookedMs = Number.NaN;
  let wasIn = false;
  return (wallMs) => {
    const minuteMs = Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
    if (minuteMs === lookedMs) return wasIn;
    const { day, minute } = clock(minuteMs);
    lookedMs = minuteMs;
    wasIn = (spans[day] ?? []).some(({ from, to }) => from <= minute && minute < to);
    return wasIn;
  };
}

function describeFault({ issues }: z.ZodError): string {
  const expected = 'expected hours by day, such as mon: 08:00-17:00, and time_zone';
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const found = unknown.length === 0 ? '' : `, found '${unknown.join("', '")}'`;
  return `Cannot read schedule: ${expected}${found}`;
}

function readSpans(text: string): { from: number; to: number }[] {
  const spans = text.split(',').filter((span) => span.trim() !== '');
  if (spans.length > MOST_SPANS)
    throw new RangeError(
      `Cannot read schedule: '${text}' has ${spans.length} spans, more than ${MOST_SPANS}`,
    );
  return spans.map((span) => {
    const [, h1, m1, h2, m2] = SPAN.exec(span.trim()) ?? [];
    const from = Number(h1) * 60 + Number(m1);
    const to = Number(h2) * 60 + Number(m2);
    if (from < to && to <= 24 * 60) return { from, to };
    throw new RangeError(`Cannot read schedule: '${span}' is no span such as 08:00-17:30`);
  });
}

/** Converts a time to the day and minute in a time zone, by default the gateway's own. */
function makeClock(timeZone: string | undefined): (wallMs: number) => { day: number; minute: number } {
  const parts = ['weekday', 'hour', 'minute'] as const;
  const days: readonly string[] = DAYS;
  const format = makeFormat(timeZone);
  return (wallMs) => {
    const shown = new Map(format.formatToParts(wallMs).map(({ type, value }) => [type, value]));
    const [weekday = '', hour = '', minute = ''] = parts.map((part) => shown.get(part));
    return { day: days.indexOf(weekday.toLowerCase()), minute: Number(hour) * 60 + Number(minute) };
  };
}

function makeFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch (cause) {
    throw new RangeError(`Cannot read schedule: there is no time zone '${timeZone}'`, { cause });
  }
}
