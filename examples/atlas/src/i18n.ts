import { patchVaryHeaders } from '@sitecache/express'
import type { NextFunction, Request, Response } from 'express'
import Negotiator from 'negotiator'
import { messages } from './messages/index.js'

/** A language that the pages are there in. */
export type Language = keyof typeof messages

/** All of them, the one for visitors who want none of these first. */
export const LANGUAGES = Object.keys(messages) as readonly Language[]

/**
 * The language that a visitor gets for an `Accept-Language`. The cache's key is made with it too (`buckets`), so that
 * what a page is kept under and what it is written in can't differ.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const negotiator = new Negotiator({ headers: { 'accept-language': acceptLanguage } })
  return toLanguage(negotiator.language([...LANGUAGES])) ?? 'en'
}

/**
 * Chooses each request's language: `?lang=`, else by `Accept-Language`, which the response then says it varies by.
 * Stands between the two halves of the cache, which sees that `Vary`.
 */
export function i18n(req: Request, res: Response, next: NextFunction): void {
  const asked = toLanguage(req.query.lang)
  if (asked === undefined) patchVaryHeaders(res, ['Accept-Language'])
  const language = asked ?? chooseLanguage(req.headers['accept-language'])
  res.locals.language = language
  // The links of a page in a language that was asked for stay in that language.
  res.locals.linkSuffix = asked === undefined ? '' : `lang=${asked}`
  res.setHeader('Content-Language', language)
  next()
}

function toLanguage(value: unknown): Language | undefined {
  return LANGUAGES.find((language) => language === value)
}
