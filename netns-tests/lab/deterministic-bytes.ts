/**
 * Bytes that both ends can make: the AES-256-CTR key stream of an all-zero key, which never repeats, so that a
 * swapped, lost or doubled segment changes the digest.
 */
import { createCipheriv, createHash } from 'node:crypto';

const CHUNK_BYTES = 256 * 1024;

/** The first `length` bytes of the stream, in chunks that the consumer may keep. */
export function* deterministicBytes(length: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK_BYTES);
  for (let left = length; left > 0; left -= CHUNK_BYTES) {
    yield cipher.update(left < CHUNK_BYTES ? zeros.subarray(0, left) : zeros);
  }
}

/** The SHA-256 of the first `length` bytes, in hexadecimal. */
export function deterministicDigest(length: number): string {
  const hash = createHash('sha256');
  for (const chunk of deterministicBytes(length)) hash.update(chunk);
  return hash.digest('hex');
}
