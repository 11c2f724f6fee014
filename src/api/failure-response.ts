/** Turns an error thrown by a handler into a response: a status, and errors that a client can act on. */
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { ConfigError, describeProblem, GatewayError } from '../report/errors.ts';
import { API_ERRORS, type ApiError, type Failure, fail } from './envelope.ts';

export interface FailureResponse {
  readonly status: ContentfulStatusCode;
  readonly body: Failure;
}

export function respondToError(error: unknown): FailureResponse {
  if (error instanceof z.ZodError) return { status: 400, body: fail(...error.issues.map(describeIssue)) };
  if (error instanceof ConfigError) {
    const code = API_ERRORS.configurationRefused;
    return {
      status: 422,
      body: fail(...error.problems.map((problem) => ({ code, message: describeProblem(problem) }))),
    };
  }
  if (error instanceof HTTPException) {
    const code = error.status === 413 ? API_ERRORS.bodyTooLarge : API_ERRORS.invalidRequest;
    return { status: error.status, body: fail({ code, message: error.message }) };
  }
  if (error instanceof GatewayError && error.code === 'EREFUSED') {
    return { status: 400, body: fail({ code: API_ERRORS.invalidRequest, message: error.message }) };
  }
  // The cause is logged only: clients must not learn about internals (FL-40).
  return { status: 500, body: fail({ code: API_ERRORS.internal, message: 'Cannot answer: internal error' }) };
}

function describeIssue({ path, message }: z.core.$ZodIssue): ApiError {
  const field = path.map(String).join('.');
  const pointer = path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const text = field === '' ? `Cannot take the request: ${message}` : `Cannot take ${field}: ${message}`;
  return { code: API_ERRORS.invalidRequest, message: text, source: { pointer } };
}
