import {
  type CutBody,
  type HoleMarks,
  type HolePart,
  type HolePlace,
  MAX_HOLES,
} from '@sitecache/core/internal'
import { BodyCopy } from '../capture/body.js'
import type { HoledBody } from './page-holes.js'

/** Keeps a copy of a body while its holes are filled, of what stands between them alone: what fills them never comes here. */
export class HoledCopy implements HoledBody {
  readonly #marks: HoleMarks
  readonly #body: BodyCopy
  readonly #places: HolePlace[] = []
  #state: 'open' | 'whole' | 'dropped' = 'open'
  #pierced: CutBody<Buffer> | undefined
  sent = 0

  /** @param limit bytes that are kept at the most */
  constructor(marks: HoleMarks, limit: number) {
    this.#marks = marks
    this.#body = new BodyCopy(limit)
  }

  add(part: HolePart): void {
    if (typeof part !== 'string') this.#body.add(part, undefined)
    else if (this.#places.length <= MAX_HOLES) this.#places.push({ at: this.#body.length, name: part })
  }

  /** The handler has written all of it. */
  finish(): void {
    if (this.#state === 'open') this.#state = 'whole'
  }

  /** It is not to be kept. */
  drop(): void {
    this.#state = 'dropped'
    this.#body.drop()
  }

  pierced(): CutBody<Buffer> | 'too-large' | 'holes' {
    if (this.#body.overflowed) return 'too-large'
    if (this.#state !== 'whole' || this.#places.length > MAX_HOLES) return 'holes'
    this.#pierced ??= { body: this.#body.take(), holes: this.#places }
    // A mark that was changed on its way is no hole any more, and nothing that may be kept.
    return this.#marks.leftIn(this.#pierced.body) ? 'holes' : this.#pierced
  }
}
