import { randomBytes } from 'node:crypto'
import { SitecacheError } from '../../errors.js'

/** No page needs more; a loop that marks one per row is better off with a hole around all rows. */
export const MAX_HOLES = 1000

const DIGITS = 3

/** A hole, and where in the body it stands. */
export interface HolePlace {
  /** In bytes of a Buffer, in UTF-16 units of a text. */
  readonly at: number
  readonly name: string
}

/** A body without its marks, and the places where they stood: ascending. */
export interface Pierced<B> {
  readonly body: B
  readonly holes: readonly HolePlace[]
}

/**
 * What stands in one render of one page where its holes are, until it is sent or stored.
 *
 * The token is random, made for this render, and leaves the process neither in the response nor in the store: no content can
 * hold a mark that wasn't made by `mark`. A mark is small letters and digits, so that it passes through the escaping of HTML,
 * attributes, URLs and JSON unchanged.
 */
export class HoleMarks {
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()
  #token: string | undefined

  /** What each mark begins with. Made when it is first asked for: most pages have no hole. */
  get token(): string {
    this.#token ??= `hole${randomBytes(16).toString('hex')}n`
    return this.#token
  }

  /** Of a mark: in bytes as in characters. */
  get length(): number {
    return this.token.length + DIGITS
  }

  /** Whether the page may hold marks. */
  get used(): boolean {
    return this.#names.length > 0
  }

  /** The text that stands for a hole until it is filled. @throws SitecacheError for more than a thousand names */
  mark(name: string): string {
    const number = this.#numbers.get(name) ?? this.#names.push(name) - 1
    if (number >= MAX_HOLES) throw new SitecacheError(`a page has at most ${MAX_HOLES} different holes`)
    this.#numbers.set(name, number)
    return this.token + String(number).padStart(DIGITS, '0')
  }

  /** The hole that the digits behind a token mean. */
  nameAt(digits: string): string | undefined {
    return /^\d{3}$/.test(digits) ? this.#names[Number(digits)] : undefined
  }

  /** A text with its marks cut out; undefined when it may not be stored: a mark in it was changed, or there are too many. */
  pierce(text: string): Pierced<string> | undefined {
    const found = this.#find(text)
    if (found === undefined) return undefined
    const starts = [0, ...found.map(({ at }) => at + this.length)]
    const body = starts.map((from, i) => text.slice(from, found[i]?.at)).join('')
    if (this.leftIn(body)) return undefined
    return { body, holes: found.map(({ at, name }, i) => ({ at: at - i * this.length, name })) }
  }

  /** Is something of a mark left in a body whose marks were taken out? One that was changed, as by making it upper case. */
  leftIn(body: Buffer | string): boolean {
    if (!this.used) return false
    // The token has no letter that isn't ASCII: so a search in Latin-1 finds what is left of one.
    const text = typeof body === 'string' ? body : body.toString('latin1')
    return text.toLowerCase().includes(this.token)
  }

  /** A text with marks of this page where its holes are. */
  restore({ body, holes }: Pierced<string>): string {
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
