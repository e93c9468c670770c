/** Entries at the most. */
const MAX_ENTRIES = 5000
/** Characters of all their names at the most, so that long ones take no more memory than many. */
const MAX_CHARACTERS = 2_500_000
/** Characters: a longer name costs more than it saves. */
const MAX_NAME = 4000

/** Remembers what was worked out of a text, within bounds: beyond them all is forgotten. */
export class Remembered<T> {
  readonly #entries = new Map<string, T>()
  #characters = 0

  get(name: string): T | undefined {
    return this.#entries.get(name)
  }

  set(name: string, value: T): void {
    if (name.length > MAX_NAME) return
    if (!this.#entries.has(name)) this.#makeRoom(name.length)
    this.#entries.set(name, value)
  }

  #makeRoom(characters: number): void {
    if (this.#entries.size >= MAX_ENTRIES || this.#characters + characters > MAX_CHARACTERS) {
      this.#entries.clear()
      this.#characters = 0
    }
    this.#characters += characters
  }
}
