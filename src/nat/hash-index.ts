/**
 * An open-addressing hash table from signed 32-bit hashes to ids: linear probing, deletion by shifting back, no
 * tombstones. An entry is four bytes: the id, and above it as many bits of the hash as fit. So `first` and `next` may
 * return ids with a different hash; the caller compares the real key anyway.
 */
export class HashIndex {
  /** Id plus one in the low bits, the high bits of the hash above; 0 is an empty place. */
  readonly #entries: Int32Array;
  readonly #mask: number;
  readonly #idMask: number;
  readonly #hashOf: (id: number) => number;

  /** For up to `capacity` entries with ids below `capacity`: at most half full. `hashOf` gives the hash an id was added with. */
  constructor(capacity: number, hashOf: (id: number) => number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(capacity, 8) * 2));
    this.#entries = new Int32Array(places);
    this.#mask = places - 1;
    this.#idMask = places / 2 - 1 >= capacity ? places / 2 - 1 : places - 1;
    this.#hashOf = hashOf;
  }

  /** Bytes that the table takes. */
  get byteLength(): number {
    return this.#entries.byteLength;
  }

  /** The first place that may hold an entry with this hash, or -1. */
  first(hash: number): number {
    return this.#seek(hash, hash & this.#mask);
  }

  /** The next such place after `place`, or -1. */
  next(hash: number, place: number): number {
    return this.#seek(hash, (place + 1) & this.#mask);
  }

  /** The id at a place that `first` or `next` returned. */
  idAt(place: number): number {
    return ((this.#entries[place] ?? 0) & this.#idMask) - 1;
  }

  add(hash: number, id: number): void {
    let place = hash & this.#mask;
    while (this.#entries[place] !== 0) place = (place + 1) & this.#mask;
    this.#entries[place] = this.#entryOf(hash, id);
  }

  /** Replaces an id by another one with the same key. */
  replace(hash: number, id: number, by: number): void {
    const place = this.#placeOf(hash, id);
    if (place !== -1) this.#entries[place] = this.#entryOf(hash, by);
  }

  /** Removes an entry; the records of all others must still be there, since `hashOf` reads them. */
  remove(hash: number, id: number): void {
    const place = this.#placeOf(hash, id);
    if (place !== -1) this.#closeGap(place);
  }

  #entryOf(hash: number, id: number): number {
    return (hash & ~this.#idMask) | (id + 1);
  }

  #placeOf(hash: number, id: number): number {
    let place = this.first(hash);
    while (place !== -1 && this.idAt(place) !== id) place = this.next(hash, place);
    return place;
  }

  #seek(hash: number, from: number): number {
    let place = from;
    for (let entry = this.#entries[place] ?? 0; entry !== 0; entry = this.#entries[place] ?? 0) {
      if (((entry ^ hash) & ~this.#idMask) === 0) return place;
      place = (place + 1) & this.#mask;
    }
    return -1;
  }

  /** Moves back every entry after the gap that a search could no longer reach across it. */
  #closeGap(at: number): void {
    let gap = at;
    let place = (gap + 1) & this.#mask;
    while (this.#entries[place] !== 0) {
      const home = this.#hashOf(this.idAt(place)) & this.#mask;
      if (((place - home) & this.#mask) >= ((place - gap) & this.#mask)) {
        this.#entries[gap] = this.#entries[place] ?? 0;
        gap = place;
      }
      place = (place + 1) & this.#mask;
    }
    this.#entries[gap] = 0;
  }
}
