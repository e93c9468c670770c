import { fileURLToPath } from 'node:url'
import type { Caches } from '@sitecache/express'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import type { Express, NextFunction, Request, Response } from 'express'
import nunjucks from 'nunjucks'
import type { Gazetteer } from './gazetteer.js'
import { LANGUAGES, type Language } from './i18n.js'
import { messages } from './messages/index.js'

const VIEWS = fileURLToPath(new URL('../views', import.meta.url))

/** Makes Nunjucks the application's template engine, with everything escaped, and `{% cache %}` for its fragments. */
export function usePages(app: Express, caches: Caches): void {
  const views = nunjucks.configure(VIEWS, { autoescape: true, express: app, throwOnUndefined: false })
  nunjucksFragments(views, { caches })
  app.set('view engine', 'njk')
}

/**
 * Gives every template the words and number formats of the visitor's language, and the time that its page took.
 * Below `i18n` and the cache: a page that is found there costs none of this.
 */
export function pageHelpers(gazetteer: Gazetteer) {
  return function pageHelpers(req: Request, res: Response, next: NextFunction): void {
    const started = performance.now()
    const language = res.locals.language as Language
    const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
    const exact = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    Object.assign(res.locals, {
      t: messages[language],
      languages: LANGUAGES,
      languageName: (code: Language) => new Intl.DisplayNames(code, { type: 'language' }).of(code),
      inLanguage: (code: Language) => withParameter(req, code),
      link: linkIn(res),
      number: (value: number) => whole.format(value),
      decimal: (value: number) => exact.format(value),
      countryName: (cca3: string) => gazetteer.nameOf(cca3, language),
      flag: (cca3: string) => gazetteer.flagOf(cca3),
      renderedAt: () => new Date().toISOString(),
      elapsed: () => Math.round(10 * (performance.now() - started)) / 10,
    })
    next()
  }
}

/** Answers 404 with a page. Nothing but 200 is kept by the cache. */
export function notFound(_req: Request, res: Response): void {
  res.status(404).render('message', { heading: (res.locals.t as { notFound: string }).notFound })
}

/** Makes links that stay in the language that a page was asked for in. */
export function linkIn(res: Response): (path: string) => string {
  const suffix = String(res.locals.linkSuffix)
  return (path) => (suffix === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${suffix}`)
}

function withParameter(req: Request, language: Language): string {
  const parameters = new URLSearchParams(req.originalUrl.split('?')[1])
  parameters.set('lang', language)
  return `?${parameters}`
}
