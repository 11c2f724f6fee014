/** Posts one DNS message over an HTTP/2 connection and reads the response (RFC 8484 sections 4.1 and 4.2). */
import { type ClientHttp2Session, constants, type IncomingHttpHeaders } from 'node:http2';

export interface PostedMessage {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly signal: AbortSignal;
}

export interface HttpsReply {
  readonly body: Uint8Array;
  /** Time spent in HTTP caches (RFC 9111 section 5.1). */
  readonly ageSeconds: number;
}

const MEDIA_TYPE = 'application/dns-message';
const MAX_MESSAGE_BYTES = 0xffff;

/** Rejects if the response is not a DNS message with status 200, if the connection ends, or if the signal aborts. */
export function postMessage(
  session: ClientHttp2Session,
  { path, bytes, signal }: PostedMessage,
): Promise<HttpsReply> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpsReply>();
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': MEDIA_TYPE,
    'content-length': bytes.length,
    accept: MEDIA_TYPE,
  });
  const abort = () => reject(signal.reason);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ageSeconds = 0;
  session.once('error', reject);
  stream.on('error', reject);
  stream.on('response', (headers) => {
    const refusal = describeRefusal(headers);
    if (refusal !== undefined) reject(new Error(`Cannot read reply over HTTPS: ${refusal}`));
    ageSeconds = readAge(headers.age);
  });
  stream.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > MAX_MESSAGE_BYTES) reject(new Error('Cannot read reply over HTTPS: it is too long'));
    else chunks.push(chunk);
  });
  stream.on('end', () => {
    // `end` is also emitted when the connection is lost.
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR) resolve({ body: Buffer.concat(chunks), ageSeconds });
  });
  stream.on('close', () => reject(new Error('Cannot read reply over HTTPS: the upstream closed it')));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  stream.end(bytes);
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    session.off('error', reject);
    stream.close(constants.NGHTTP2_CANCEL);
  });
}

function describeRefusal(headers: IncomingHttpHeaders): string | undefined {
  const { ':status': status, 'content-type': type } = headers;
  if (Number(status) !== constants.HTTP_STATUS_OK) return `status ${String(status)}`;
  return type === MEDIA_TYPE ? undefined : `it is of type ${String(type)}`;
}

function readAge(age: string | undefined): number {
  return age !== undefined && /^\d{1,9}$/.test(age) ? Number(age) : 0;
}
