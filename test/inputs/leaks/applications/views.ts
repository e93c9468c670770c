import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ejs from 'ejs'
import type { Express } from 'express'
import hbs from 'hbs'
import { createInstance } from 'i18next'
import { handle as i18nHandle, LanguageDetector } from 'i18next-http-middleware'
import nunjucks from 'nunjucks'
import pug from 'pug'
import { handler, type Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byPost, nameIn, sessions, signIn } from './people.js'

const views = mkdtempSync(join(tmpdir(), 'sitecache-views-'))
const templates = {
  'page.ejs': 'Hello <%= locals.user ? locals.user.name : "stranger" %>',
  'page.pug': 'p Hello #{user ? user.name : "stranger"}',
  'page.njk': 'Hello {{ user.name if user else "stranger" }}',
  'page.hbs': 'Hello {{#if user}}{{user.name}}{{else}}stranger{{/if}}',
}
for (const [name, text] of Object.entries(templates)) writeFileSync(join(views, name), text)

type Engine = readonly [extension: string, set: (app: Express) => void]
const engines: readonly Engine[] = [
  ['ejs', (app) => app.engine('ejs', (ejs as unknown as { renderFile: never }).renderFile)],
  ['pug', (app) => app.engine('pug', (pug as unknown as { __express: never }).__express)],
  ['njk', (app) => nunjucks.configure(views, { express: app })],
  ['hbs', (app) => app.engine('hbs', hbs.__express)],
]

/** Instance whose name only its accessor tells, as documents of an ORM are. */
class Account {
  readonly #name: string
  constructor(name: string) {
    this.#name = name
  }
  get name(): string {
    return this.#name
  }
}

const set = (use: (app: Express) => void) => (app: Express) => {
  app.set('views', views)
  use(app)
}

const byLocals = ([extension, use]: Engine): Leaky => ({
  name: `a view in ${extension} with the user that a middleware put on res.locals`,
  ...byPost('/sign-in'),
  make: (): Parts => ({
    set: set(use),
    middlewares: [
      sessions(),
      handler((req, res, next) => {
        if (req.session.name !== undefined) res.locals.user = { name: req.session.name }
        next()
      }),
    ],
    actions: { '/sign-in': signIn },
    page: handler((_req, res) => res.render(`page.${extension}`)),
  }),
})

const byAccount = ([extension, use]: Engine): Leaky => ({
  name: `a view in ${extension} with an instance of a class on res.locals`,
  ...byCookie,
  // Where what made it could not be watched, such a page may be kept for nobody.
  hits: ['siteCache', 'between', 'withSiteCache'],
  make: (): Parts => ({
    set: set(use),
    middlewares: [
      handler((req, res, next) => {
        const name = nameIn(req.headers.cookie)
        if (name !== undefined) res.locals.user = new Account(name)
        next()
      }),
    ],
    page: handler((_req, res) => res.render(`page.${extension}`)),
  }),
})

const byOptions = ([extension, use]: Engine): Leaky => ({
  name: `a view in ${extension} that its handler hands the user of the session`,
  ...byPost('/sign-in'),
  make: (): Parts => ({
    set: set(use),
    middlewares: [sessions()],
    actions: { '/sign-in': signIn },
    page: handler((req, res) => {
      const { name } = req.session
      res.render(`page.${extension}`, name === undefined ? {} : { user: { name } })
    }),
  }),
})

const resources = {
  en: { translation: { hi: 'Hello' } },
  de: { translation: { hi: 'Hallo' } },
  fr: { translation: { hi: 'Bonjour' } },
}
async function i18n(): Promise<Required<Pick<Parts, 'middlewares'>>> {
  const instance = createInstance()
  await instance.use(LanguageDetector).init({ fallbackLng: 'en', preload: ['en', 'de', 'fr'], resources })
  return { middlewares: [i18nHandle(instance) as never] }
}
const languages = (de: Person['fields'], fr: Person['fields']): { a: Person; b: Person } => ({
  a: { mark: 'Hallo', fields: de ?? {} },
  b: { mark: 'Bonjour', fields: fr ?? {} },
})
const byHeader = languages({ 'Accept-Language': 'de' }, { 'Accept-Language': 'fr' })
const byI18nCookie = languages({ Cookie: 'i18next=de' }, { Cookie: 'i18next=fr' })

const translated: readonly Leaky[] = [
  {
    name: 'i18next-http-middleware, req.t() by Accept-Language',
    ...byHeader,
    make: async () => ({ ...(await i18n()), page: handler((req, res) => res.send(req.t('hi'))) }),
  },
  {
    name: 'i18next-http-middleware, req.t() by a cookie',
    ...byI18nCookie,
    make: async () => ({ ...(await i18n()), page: handler((req, res) => res.send(req.t('hi'))) }),
  },
  {
    name: 'i18next-http-middleware, res.locals.t in a page',
    ...byHeader,
    make: async () => ({ ...(await i18n()), page: handler((_req, res) => res.send(res.locals.t('hi'))) }),
  },
  {
    name: 'i18next-http-middleware, req.language',
    ...byHeader,
    make: async () => ({
      ...(await i18n()),
      page: handler((req, res) =>
        res.send({ de: 'Hallo', fr: 'Bonjour' }[String(Reflect.get(req, 'language'))] ?? 'Hello'),
      ),
    }),
  },
]

export const viewApplications: readonly Leaky[] = [
  ...engines.map(byLocals),
  ...engines.map(byAccount),
  ...engines.map(byOptions),
  ...translated,
]
