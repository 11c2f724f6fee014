/** Splits a TCP stream into DNS messages, each after its two-byte length (RFC 1035 section 4.2.2, RFC 7766 section 8). */
const LENGTH_BYTES = 2;
const FIRST_ALLOCATION = 512;

export class FrameReader {
  readonly #maxBytes: number;
  /** Grows with the bytes that have arrived, never with the length that is claimed. */
  #buffer = new Uint8Array(FIRST_ALLOCATION);
  #filled = 0;

  /** Messages longer than `maxBytes` are refused. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a message has begun and not ended. */
  get isPartial(): boolean {
    return this.#filled > 0;
  }

  /** The messages that `chunk` completes, or `too-long`, after which the stream cannot be used. */
  read(chunk: Uint8Array): Uint8Array[] | 'too-long' {
    this.#append(chunk);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (this.#filled - at >= LENGTH_BYTES) {
      const length = ((this.#buffer[at] ?? 0) << 8) | (this.#buffer[at + 1] ?? 0);
      if (length > this.#maxBytes) return 'too-long';
      const end = at + LENGTH_BYTES + length;
      if (end > this.#filled) break;
      messages.push(this.#buffer.slice(at + LENGTH_BYTES, end));
      at = end;
    }
    this.#buffer.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    return messages;
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#filled);
    this.#filled = needed;
  }
}

/** The length and the message in one buffer, so that they are written at once (RFC 7766 section 8). */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(framed.buffer).setUint16(0, message.length);
  framed.set(message, LENGTH_BYTES);
  return framed;
}
