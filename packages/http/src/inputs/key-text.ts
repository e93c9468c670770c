import type { HeaderMap } from '../fields/headers.js'
import { bucketText } from '../key/bucket-text.js'
import { keyText, type VaryMatching, variantKeyText } from '../key/key-text.js'
import { allCookiesText, cookieHeaderText, cookieText } from './cookies.js'
import { countedHeaders, type InputRules, inputRules } from './ignore.js'
import { ALL_COOKIES, type Input, parseInput } from './input-names.js'
import { wellFormedText } from './well-formed.js'

/** The values of one request, as they were when its page was looked up. */
export interface InputSource {
  /** Headers of the request, by names in lower case. */
  readonly headers: HeaderMap
  /**
   * Value of `session`, `visitor`, `req:…`, `res:…` and `locals:…`; undefined: absent. A value that
   * can't be told must have a text of its own, never that of an absent one.
   */
  value(name: string): string | undefined
}

/** How values of inputs are compared. */
export interface InputMatching extends VaryMatching {
  /**
   * Rules for the inputs that don't count among all cookies and all headers.
   *
   * @default the default rules
   */
  readonly inputs?: InputRules | undefined
}

const defaultRules = inputRules()

/**
 * Returns the part of a request's page key that the inputs of its URL choose: requests that differ
 * in one of them have different texts. An absent value differs from an empty one. Header names
 * alone give the text of `variantKeyText`.
 *
 * @param names as the vary record has them
 * @returns undefined where a name is of a kind that isn't known here, as a later version might have
 *   learned it: no page can be told to be this request's
 */
export function inputsKeyText(
  names: readonly string[],
  source: InputSource,
  matching: InputMatching = {},
): string | undefined {
  let text = ''
  for (const name of names) {
    const part = isField(name)
      ? variantKeyText([name], source.headers, matching)
      : partOf(name, source, matching)
    if (part === undefined) return undefined
    text += part
  }
  return text
}

/** Most names are a header's; they need no parsing. */
function isField(name: string): boolean {
  return name !== 'session' && name !== 'visitor' && !name.includes(':')
}

function partOf(name: string, source: InputSource, matching: InputMatching): string | undefined {
  const input = parseInput(name)
  return input && keyText([name, inputValue(input, name, source, matching)])
}

function inputValue(
  input: Input,
  text: string,
  source: InputSource,
  matching: InputMatching,
): string | undefined {
  switch (input.kind) {
    case 'header':
    case 'exact-accept-encoding':
      return variantKeyText([input.kind === 'header' ? input.name : text], source.headers, matching)
    case 'headers':
      return allHeadersText(source.headers, matching)
    case 'cookie':
      return cookieText(cookieOf(source.headers), input.name)
    case 'cookies':
      return cookiesText(source.headers, matching)
    default:
      return absentOrWellFormed(source.value(text))
  }
}

function absentOrWellFormed(value: string | undefined): string | undefined {
  return value === undefined ? undefined : wellFormedText(value)
}

function cookieOf(headers: HeaderMap): HeaderMap[string] {
  return Object.hasOwn(headers, 'cookie') ? headers.cookie : undefined
}

/** Returns all cookies that count: those of the application's bucket for Cookie, if it has one. */
function cookiesText(
  headers: HeaderMap,
  { buckets, inputs = defaultRules }: InputMatching,
): string | undefined {
  if (inputs.ignores(ALL_COOKIES)) return undefined
  const header = cookieHeaderText(cookieOf(headers))
  const bucket = buckets?.cookie
  if (bucket !== undefined) return bucketText('cookie', bucket, header, headers)
  return allCookiesText(header, inputs)
}

/** The headers that count where all were read, as pairs of name and value. */
function allHeadersText(headers: HeaderMap, matching: InputMatching): string {
  const { inputs = defaultRules } = matching
  const names = countedHeaders(headers, inputs).filter((name) => name !== 'cookie')
  return keyText([cookiesText(headers, matching), variantKeyText(names, headers)])
}
