import type { IncomingMessage } from 'node:http'
import type { InputRules } from '@sitecache/http'
import { applicationLocalsText } from './application-locals.js'
import { foreignText } from './foreign-fields.js'

/** Values that middlewares above the look-up have put where a handler's read of them isn't seen. */
export interface ForeignValues {
  /** In the form of a key's part. */
  readonly text: string
  /** Whether another request has changed `app.locals` since the look-up. */
  readonly haveChanged: boolean
}

/**
 * Returns the values in place of the URL and on `app.locals`; undefined where there are none.
 *
 * @param textOf text of a value
 */
export function foreignValues(
  req: IncomingMessage,
  rules: InputRules,
  textOf: (value: unknown) => string | undefined,
): ForeignValues | undefined {
  const inPlaceOfUrl = foreignText(req, (value) => textOf(value) ?? '') ?? ''
  const locals = applicationLocalsText(req, rules, textOf)
  if (inPlaceOfUrl === '' && locals === '') return undefined
  return {
    text: inPlaceOfUrl + locals,
    get haveChanged() {
      return locals !== applicationLocalsText(req, rules, textOf)
    },
  }
}
