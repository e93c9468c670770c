import { randomBytes } from 'node:crypto'
import { SitecacheError } from '../../errors.js'

/** Most holes of a page; for a hole in each of many rows, use one around all rows. */
export const MAX_HOLES = 1000

const DIGITS = 3

/** A hole and its place in the body. */
export interface HolePlace {
  /** In bytes of a Buffer, in UTF-16 units of a text. */
  readonly at: number
  readonly name: string
}

/** A body without its marks, and their places in ascending order. */
export interface CutBody<B> {
  readonly body: B
  readonly holes: readonly HolePlace[]
}

/**
 * Marks of the holes in one render of one page, until it is sent or stored.
 *
 * The token is random, made for this render, and leaves the process neither in the response nor in
 * the store: no content can contain a mark that wasn't made by `mark`. A mark consists of small
 * letters and digits, so that the escaping of HTML, attributes, URLs and JSON leaves it unchanged.
 */
export class HoleMarks {
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()
  #token: string | undefined

  /** Beginning of each mark. Made on first use: most pages have no hole. */
  get token(): string {
    this.#token ??= `hole${randomBytes(16).toString('hex')}n`
    return this.#token
  }

  /** Length of a mark: the same in bytes and characters. */
  get length(): number {
    return this.token.length + DIGITS
  }

  /** Whether the page may contain marks. */
  get used(): boolean {
    return this.#names.length > 0
  }

  /** Returns the mark of a hole. @throws SitecacheError for more than a thousand names */
  mark(name: string): string {
    const number = this.#numbers.get(name) ?? this.#names.push(name) - 1
    if (number >= MAX_HOLES) throw new SitecacheError(`a page has at most ${MAX_HOLES} different holes`)
    this.#numbers.set(name, number)
    return this.token + String(number).padStart(DIGITS, '0')
  }

  /** Returns the name of the hole for the digits behind a token. */
  nameAt(digits: string): string | undefined {
    return /^\d{3}$/.test(digits) ? this.#names[Number(digits)] : undefined
  }

  /**
   * Cuts the marks out of a text.
   *
   * @returns undefined: it may not be stored, as a mark in it was changed, or there are too many
   */
  cutHoles(text: string): CutBody<string> | undefined {
    const found = this.#find(text)
    if (found === undefined) return undefined
    const starts = [0, ...found.map(({ at }) => at + this.length)]
    const body = starts.map((from, i) => text.slice(from, found[i]?.at)).join('')
    if (this.leftIn(body)) return undefined
    return { body, holes: found.map(({ at, name }, i) => ({ at: at - i * this.length, name })) }
  }

  /**
   * Returns whether a body without its marks still contains a changed one, such as in upper case.
   */
  leftIn(body: Buffer | string): boolean {
    if (!this.used) return false
    // The token is ASCII, so that a search in Latin-1 finds it in any UTF-8 text.
    const text = typeof body === 'string' ? body : body.toString('latin1')
    return text.toLowerCase().includes(this.token)
  }

  /** Puts marks of this page into the places of the holes. */
  restore({ body, holes }: CutBody<string>): string {
    let text = ''
    let from = 0
    for (const { at, name } of holes) {
      text += body.slice(from, at) + this.mark(name)
      from = at
    }
    return text + body.slice(from)
  }

  #find(text: string): HolePlace[] | undefined {
    const found: HolePlace[] = []
    if (!this.used) return found
    const next = (from: number) => text.indexOf(this.token, from)
    for (let at = next(0); at >= 0; at = next(at + this.length)) {
      const name = this.nameAt(text.slice(at + this.token.length, at + this.length))
      if (name === undefined || found.length === MAX_HOLES) return undefined
      found.push({ at, name })
    }
    return found
  }
}
