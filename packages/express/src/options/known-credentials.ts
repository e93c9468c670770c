import { countedHeaders, credentialFields, type HeaderMap, type InputRules } from '@sitecache/http'

/** Names are the clients': more are not remembered. */
const MOST = 8

/**
 * Fields by which the visitors of a layer identify themselves, as far as that is known: the usual
 * ones, and those that came with requests whose visitor was signed in without the usual ones. A key
 * of an API may come in a field of any name.
 */
export class KnownCredentials {
  readonly #rules: InputRules
  readonly #learned = new Set<string>()

  constructor(rules: InputRules) {
    this.#rules = rules
  }

  /** Notes a request whose visitor is signed in. */
  note(headers: HeaderMap): void {
    if (headers.cookie !== undefined || headers.authorization !== undefined) return
    for (const name of countedHeaders(headers, this.#rules))
      if (this.#learned.size < MOST) this.#learned.add(name)
  }

  /**
   * Returns the fields by which caches downstream are to choose the visitor.
   *
   * @param withUsual whether the usual ones count as well
   */
  fields(withUsual: boolean): readonly string[] {
    return withUsual ? [...credentialFields, ...this.#learned] : [...this.#learned]
  }
}
