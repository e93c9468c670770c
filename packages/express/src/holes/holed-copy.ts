import {
  type CutBody,
  type HoleMarks,
  type HolePart,
  type HolePlace,
  MAX_HOLES,
} from '@sitecache/core/internal'
import { BodyCopy } from '../capture/body.js'
import type { HoledBody } from './page-holes.js'

/**
 * Copies a body without the contents of its holes while they are filled: no content of a hole ever
 * comes here.
 */
export class HoledCopy implements HoledBody {
  readonly #marks: HoleMarks
  readonly #body: BodyCopy
  readonly #places: HolePlace[] = []
  #state: 'open' | 'whole' | 'dropped' = 'open'
  #cut: CutBody<Buffer> | undefined
  sent = 0

  /** Makes an empty copy. @param limit bytes that are kept at most */
  constructor(marks: HoleMarks, limit: number) {
    this.#marks = marks
    this.#body = new BodyCopy(limit)
  }

  add(part: HolePart): void {
    if (typeof part !== 'string') this.#body.add(part, undefined)
    else if (this.#places.length <= MAX_HOLES) this.#places.push({ at: this.#body.length, name: part })
  }

  /** Marks the copy as whole: the handler has written everything. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'whole'
  }

  /** Discards the copy: it can't be stored. */
  drop(): void {
    this.#state = 'dropped'
    this.#body.drop()
  }

  cutHoles(): CutBody<Buffer> | 'too-large' | 'holes' {
    if (this.#body.overflowed) return 'too-large'
    if (this.#state !== 'whole' || this.#places.length > MAX_HOLES) return 'holes'
    this.#cut ??= { body: this.#body.take(), holes: this.#places }
    // A mark that was changed on its way is no hole any more, and must not be stored.
    return this.#marks.leftIn(this.#cut.body) ? 'holes' : this.#cut
  }
}
