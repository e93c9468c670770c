import { isDue, warnOnce } from '@sitecache/core/internal'
import { isDeclaredInput, parseInput, parseVary } from '@sitecache/http'
import { isDevelopment } from '../inputs/development-warnings.js'
import type { InputsWatch, LookUpPlace } from '../inputs/inputs-watch.js'
import type { RequestInputs } from '../inputs/request-inputs.js'
import { watchInputs } from '../inputs/watch-inputs.js'
import { textOf } from '../node/patch-headers.js'
import { peekState } from '../state/request-state.js'
import type { Response } from './response.js'

/**
 * Watches, under `inputs: 'declared'`, what a handler reads without declaring it: in development,
 * and among the first requests of a layer. Key parts may stand for any header: with them nothing
 * is said.
 *
 * @returns undefined where nothing is watched
 */
export function watchUndeclared(
  response: Response,
  source: RequestInputs,
  place: LookUpPlace,
): UndeclaredReads | undefined {
  const { layer, req, res } = response
  if (layer.checks === undefined || layer.rules.keyParts !== undefined) return undefined
  if (!isDevelopment(process.env) || !isDue('SITECACHE_UNDECLARED')) return undefined
  return new UndeclaredReads(response, watchInputs(req, res, source, { place, known: [], isTold: false }))
}

/** Headers that a page was seen to depend on, while only those that it declares count. */
export class UndeclaredReads {
  readonly #response: Response
  readonly #watch: InputsWatch

  constructor(response: Response, watch: InputsWatch) {
    this.#response = response
    this.#watch = watch
  }

  /** Ends the watch, and warns of the first header that a page to be stored does not declare. */
  stop(): void {
    const { req, res } = this.#response
    this.#watch.stop()
    if (peekState(req)?.outcome?.result !== 'miss') return
    const vary = parseVary(textOf(res, 'vary'))
    const name = [...this.#watch.names].find((it) => !isDeclaredInput(it, vary) && isHeader(it))
    if (name === undefined) return
    warnOnce(
      'SITECACHE_UNDECLARED',
      `a page depends on the header ${name}, and does not declare it (inputs: 'declared'): visitors with another value get ` +
        `the same page. Declare it by varyOnHeaders('${name}') or keyParts, or leave it to inputs: 'learn'`,
    )
  }
}

/** RFC 9111 §3.5 speaks for Authorization, and Django's rule for cookies. */
function isHeader(name: string): boolean {
  return name !== 'authorization' && parseInput(name)?.kind === 'header'
}
