/** The envelope of every response, in the format of Cloudflare's API, so that its SDK works. */
import { z } from 'zod';

/** Error codes, at least 1000. 7003 is Cloudflare's, the others are ours. Never reuse a code. */
export const API_ERRORS = {
  invalidRequest: 1001,
  configurationRefused: 1002,
  internal: 1003,
  bodyTooLarge: 1004,
  noSuchObject: 1005,
  noRoute: 7003,
} as const;

export interface ApiError {
  readonly code: number;
  readonly message: string;
  /** A JSON pointer (RFC 6901) to the offending part of the request. */
  readonly source?: { readonly pointer: string };
}

interface Success<Result> {
  readonly success: true;
  readonly errors: readonly ApiError[];
  readonly messages: readonly string[];
  readonly result: Result;
}

export interface Failure {
  readonly success: false;
  readonly errors: readonly ApiError[];
  readonly messages: readonly string[];
  readonly result: null;
}

/** Lists are returned whole, on one page. */
interface ListSuccess<Item> extends Success<readonly Item[]> {
  readonly result_info: {
    readonly page: number;
    readonly per_page: number;
    readonly count: number;
    readonly total_count: number;
  };
}

export function succeed<Result>(result: Result): Success<Result> {
  return { success: true, errors: [], messages: [], result };
}

export function succeedWithList<Item>(result: readonly Item[]): ListSuccess<Item> {
  const count = result.length;
  return { ...succeed(result), result_info: { page: 1, per_page: count, count, total_count: count } };
}

export function fail(...errors: readonly ApiError[]): Failure {
  return { success: false, errors, messages: [], result: null };
}

/** The errors in a failure response, as received. */
export const failureSchema = z.object({
  success: z.literal(false),
  errors: z.array(z.object({ code: z.number(), message: z.string() })),
});
