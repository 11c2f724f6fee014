/**
 * Iterates over the fields of a protobuf message (protobuf.dev, "Encoding") without a schema: enough to read geosite.dat,
 * and to skip unknown fields.
 */

/** The bytes are not a protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
/** The size of a 64-bit varint. */
const MOST_VARINT_BYTES = 10;

export interface ProtobufField {
  readonly number: number;
  /** The value of a varint, truncated to 32 bits, since larger values do not occur; 0 for other fields. */
  readonly value: number;
  /** The content of a length-delimited field; empty for other fields. */
  readonly bytes: Uint8Array;
}

const NO_BYTES = new Uint8Array();

/** The fields in order, without those of fixed size. Throws ProtobufError for invalid bytes. */
export function* readFields(message: Uint8Array): Generator<ProtobufField> {
  const cursor = new Cursor(message);
  while (!cursor.isAtEnd) {
    const tag = cursor.varint();
    const number = tag >>> 3;
    if (number === 0) throw new ProtobufError('a field has number 0');
    switch (tag & 7) {
      case VARINT:
        yield { number, value: cursor.varint(), bytes: NO_BYTES };
        break;
      case LENGTH_DELIMITED:
        yield { number, value: 0, bytes: cursor.take(cursor.varint()) };
        break;
      case FIXED64:
        cursor.take(8);
        break;
      case FIXED32:
        cursor.take(4);
        break;
      default:
        throw new ProtobufError(`field ${number} is of the unknown wire type ${tag & 7}`);
    }
  }
}

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let count = 0; count < MOST_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new ProtobufError('the message ends inside a number');
      this.#at++;
      // A shift by 32 and more would wrap around to the low bits.
      if (count < 5) value = (value | ((byte & 0x7f) << (7 * count))) >>> 0;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError(`a number is longer than ${MOST_VARINT_BYTES} bytes`);
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProtobufError(`a field of ${length} bytes goes beyond the end`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
