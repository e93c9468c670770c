import { ALL_LOCALS, type InputSource, isPrivateInput, SESSION_INPUT } from '@sitecache/http'
import { RequestInputs } from '../inputs/request-inputs.js'
import { EMPTY_SESSION } from '../inputs/session-state.js'
import { choiceOfKeyParts } from '../options/extra-key-parts.js'
import type { PageLocation } from '../pages/page-location.js'

/**
 * Whether a page is one visitor's, or was made of what no field of the request tells caches
 * downstream: what a middleware has made, or `keyParts` say.
 *
 * @param vary names of fields that the response's Vary has, in lower case
 */
export function isForOneVisitor(
  { identity, source, urlSaysMore, extraKey }: PageLocation,
  inputs: readonly string[],
  vary: readonly string[],
): boolean {
  if (identity !== undefined || urlSaysMore || choiceOfKeyParts(extraKey) === 'some') return true
  if (source instanceof RequestInputs && isMadeAbove(source, inputs)) return true
  return inputs.some((name) => isPrivateInput(name) && !isNobodys(source, name) && !isDeclared(name, vary))
}

/**
 * Whether others than this request's client may get another page by what a middleware leaves for
 * them alone (`req.userId`): no field is known that chooses it, most likely one of credentials.
 */
export function isForNobody(
  { source, extraKey }: PageLocation,
  inputs: readonly string[],
  vary: readonly string[],
): boolean {
  if (choiceOfKeyParts(extraKey) === 'empty') return true
  const made = source instanceof RequestInputs ? source.made : undefined
  const isAbsent = (name: string) =>
    isPrivateInput(name) ? isNobodys(source, name) : made?.isForOthers(name) === true
  return inputs.some((name) => isAbsent(name) && !isDeclared(name, vary))
}

/** Values in place of the URL's, and headers, that a middleware above the look-up has made. */
function isMadeAbove(source: RequestInputs, inputs: readonly string[]): boolean {
  const { foreign, made, rules } = source
  return foreign !== undefined || made.has('host') || inputs.some((name) => made.isIn(name, rules))
}

/** Properties that i18next, i18n and their like put on a request and in locals. */
const language = /^(?:req|res|locals):(?:language|languages|lng|locale|resolvedLanguage|languageDir)$/

/**
 * Does the application itself say what such a value was chosen by? A language is, where Vary names
 * Accept-Language, as Django's LocaleMiddleware does. A time zone is in the key, and no field
 * stands for it: as in Django, an application that chooses it by a field says so in Vary.
 */
function isDeclared(name: string, vary: readonly string[]): boolean {
  if (name === 'req:timeZone') return true
  return language.test(name) && vary.includes('accept-language')
}

/**
 * Whether a value is absent: visitors without session data, or not signed in, or for whom no
 * middleware has put anything there, share one page.
 */
function isNobodys(source: InputSource, name: string): boolean {
  if (name === ALL_LOCALS) return false
  const value = source.value(name)
  return value === undefined || (name === SESSION_INPUT && value === EMPTY_SESSION)
}
