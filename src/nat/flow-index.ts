/**
 * Open addressing from a hash of 32 signed bits to flow ids: linear probing, deletion by shifting back, no tombstones. What equal
 * hashes mean is the caller's business: it walks the candidates with `first` and `next` and compares records.
 */
export class FlowIndex {
  /** Flow id plus one; 0 is an empty place. */
  readonly #ids: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;

  /** Kept at most half full for `capacity` entries. */
  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(capacity, 8) * 2));
    this.#ids = new Uint32Array(places);
    this.#hashes = new Int32Array(places);
    this.#mask = places - 1;
  }

  /** The first place that may hold an entry with this hash, or -1. */
  first(hash: number): number {
    return this.#seek(hash, hash & this.#mask);
  }

  /** The next such place after `place`, or -1. */
  next(hash: number, place: number): number {
    return this.#seek(hash, (place + 1) & this.#mask);
  }

  /** The flow id at a place that `first` or `next` gave. */
  idAt(place: number): number {
    return (this.#ids[place] ?? 0) - 1;
  }

  add(hash: number, id: number): void {
    let place = hash & this.#mask;
    while (this.#ids[place] !== 0) place = (place + 1) & this.#mask;
    this.#ids[place] = id + 1;
    this.#hashes[place] = hash;
  }

  /** Puts another flow in the place of one that has the same key. */
  replace(hash: number, id: number, by: number): void {
    const place = this.#placeOf(hash, id);
    if (place !== -1) this.#ids[place] = by + 1;
  }

  remove(hash: number, id: number): void {
    const place = this.#placeOf(hash, id);
    if (place !== -1) this.#closeGap(place);
  }

  #placeOf(hash: number, id: number): number {
    let place = this.first(hash);
    while (place !== -1 && this.idAt(place) !== id) place = this.next(hash, place);
    return place;
  }

  #seek(hash: number, from: number): number {
    let place = from;
    while (this.#ids[place] !== 0) {
      if (this.#hashes[place] === hash) return place;
      place = (place + 1) & this.#mask;
    }
    return -1;
  }

  /** Moves back every entry behind the gap that would no longer be found across it. */
  #closeGap(at: number): void {
    let gap = at;
    let place = (gap + 1) & this.#mask;
    while (this.#ids[place] !== 0) {
      const home = (this.#hashes[place] ?? 0) & this.#mask;
      if (((place - home) & this.#mask) >= ((place - gap) & this.#mask)) {
        this.#ids[gap] = this.#ids[place] ?? 0;
        this.#hashes[gap] = this.#hashes[place] ?? 0;
        gap = place;
      }
      place = (place + 1) & this.#mask;
    }
    this.#ids[gap] = 0;
  }
}
