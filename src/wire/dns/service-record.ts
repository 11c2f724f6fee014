/**
 * SVCB and HTTPS record data (RFC 9460 section 2.2): priority, an uncompressed TargetName, parameters in strictly
 * ascending order of their keys. Addresses in hints would let a client bypass its synthetic address.
 */
import { viewOf } from './header.ts';

const Key = { MANDATORY: 0, IPV4HINT: 4, IPV6HINT: 6 } as const;
const ALIAS_MODE = 0;
const TARGET_AT = 2;
const PARAMETER_HEADER_BYTES = 4;

interface Parameter {
  readonly key: number;
  readonly value: Uint8Array;
}

/**
 * The record data without address hints and with `mandatory` repaired (a mandatory key that is absent would make the
 * record malformed, RFC 9460 section 8). Undefined when the record sends the client to another name (AliasMode, or a
 * TargetName other than ".") or is malformed.
 */
export function scrubService(rdata: Uint8Array): Uint8Array | undefined {
  if (rdata.length < TARGET_AT + 1 || viewOf(rdata).getUint16(0) === ALIAS_MODE) return undefined;
  if (rdata[TARGET_AT] !== 0) return undefined;
  const parameters = parseParameters(rdata, TARGET_AT + 1);
  if (parameters === undefined) return undefined;
  const kept: Parameter[] = [];
  for (const parameter of parameters) {
    if (isHint(parameter.key)) continue;
    const repaired = parameter.key === Key.MANDATORY ? withoutHints(parameter) : parameter;
    if (repaired === undefined) return undefined;
    if (repaired.value.length > 0 || parameter.key !== Key.MANDATORY) kept.push(repaired);
  }
  return emitParameters(rdata.subarray(0, TARGET_AT + 1), kept);
}

function parseParameters(rdata: Uint8Array, from: number): Parameter[] | undefined {
  const view = viewOf(rdata);
  const parameters: Parameter[] = [];
  let at = from;
  let previous = -1;
  while (at + PARAMETER_HEADER_BYTES <= rdata.length) {
    const key = view.getUint16(at);
    const end = at + PARAMETER_HEADER_BYTES + view.getUint16(at + 2);
    if (key <= previous || end > rdata.length) return undefined;
    parameters.push({ key, value: rdata.subarray(at + PARAMETER_HEADER_BYTES, end) });
    previous = key;
    at = end;
  }
  return at === rdata.length ? parameters : undefined;
}

/** The `mandatory` parameter without the hints; undefined when it is malformed. */
function withoutHints(parameter: Parameter): Parameter | undefined {
  const { value } = parameter;
  if (value.length === 0 || value.length % 2 !== 0) return undefined;
  const view = viewOf(value);
  const keys = Array.from({ length: value.length / 2 }, (_, index) => view.getUint16(index * 2));
  return {
    key: parameter.key,
    value: Uint8Array.from(keys.filter((key) => !isHint(key)).flatMap((key) => [key >> 8, key & 0xff])),
  };
}

function isHint(key: number): boolean {
  return key === Key.IPV4HINT || key === Key.IPV6HINT;
}

function emitParameters(head: Uint8Array, parameters: readonly Parameter[]): Uint8Array {
  const length = parameters.reduce(
    (sum, { value }) => sum + PARAMETER_HEADER_BYTES + value.length,
    head.length,
  );
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  bytes.set(head);
  let at = head.length;
  for (const { key, value } of parameters) {
    view.setUint16(at, key);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + PARAMETER_HEADER_BYTES);
    at += PARAMETER_HEADER_BYTES + value.length;
  }
  return bytes;
}
