import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import ejs from 'ejs'
import { Eta } from 'eta'
import express, { type Express } from 'express'
import session from 'express-session'
import express4 from 'express4'
import hbs from 'hbs'
import { Liquid } from 'liquidjs'
import lusca from 'lusca'
import nunjucks from 'nunjucks'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { Watched } from './watched.js'

let folder: string
const files: Record<string, string> = {
  'plain.ejs': '<h1>user, cart and _csrf</h1>',
  'user.ejs': '<% if (user) { %><%= user.name %><% } %>',
  'absent.ejs': '<%= typeof absent === "undefined" ? "user" : absent %>',
  'locals.ejs': "<%= locals.cart %> <%= locals['user'].name %> <% if (locals && locals?.tenant) { %>x<% } %>",
  'all.ejs': '<%= JSON.stringify(locals) %>',
  'computed.ejs': '<%= locals[title] %>',
  'title.ejs': '<%= title %>',
  'helper.ejs': '<%= helper() %>',
  'include.ejs': "<%- include('parts/nav', { title: 'x' }) %>",
  'parts/nav.ejs': "<nav><%= cart %></nav><%- include('./deep') %>",
  'parts/deep.ejs': '<%= tenant %>',
  'dynamic.ejs': '<%- include(title) %>',
  'comment.ejs': "<%# user %><% // don't show cart\n %><%= title /* user's */ %>",
  'spread.ejs': "<%= Object.keys({ ...user, 'cart': 1 }).length %>",
  'form.ejs': '<input value="<%= _csrf %>">',
  'many.ejs': `<% if (false) { %><%= [${Array.from({ length: 60 }, (_, i) => `name${i}`).join()}] %><% } %>`,
  'custom.ejs': '<?= user ?>',
  'plain.njk': '<h1>user, cart and _csrf</h1>',
  'user.njk': '{% if user %}{{ user.name | upper }}{% endif %}{# cart #}',
  'title.njk': '{{ title }}',
  'helper.njk': '{{ helper() }}',
  'layout.njk': '<nav>{{ cart }}</nav>{% block main %}{{ tenant }}{% endblock %}',
  'page.njk':
    '{% extends "layout.njk" %}{% block main %}{% for item in items %}{{ item }}{% endfor %}{% endblock %}',
  'include.njk': '{% include "parts/nav.njk" %}',
  'parts/nav.njk': '{% import "user.njk" as x %}{% include "title.njk" %}',
  'dynamic.njk': '{% extends title %}',
  'plain.pug': 'h1 user, cart and _csrf',
  'user.pug': 'if user\n  p= user.name',
  'title.pug': 'p= title',
  'layout.pug': 'nav= cart\nblock main',
  'page.pug': 'extends layout\nblock main\n  include parts/nav',
  'parts/nav.pug': 'p= tenant',
  'plain.hbs': '<h1>user, cart and _csrf</h1>',
  'user.hbs': '{{#if user}}{{user.name}}{{/if}}',
  'title.hbs': '{{title}}',
  'frame.hbs': '<nav>{{cart}}</nav>{{{body}}}',
  'page.hbs': '{{tenant}}',
  'plain.liquid': '<h1>user, cart and _csrf</h1>',
  'user.liquid': '{% if user %}{{ user.name }}{% endif %}',
  'title.liquid': '{{ title }}',
  'layout.liquid': '<nav>{{ cart }}</nav>{% block main %}{% endblock %}',
  'page.liquid': "{% layout 'layout' %}{% block main %}{% include 'nav' %}{% endblock %}",
  'nav.liquid': '{{ tenant }}',
  'plain.eta': '<h1>user, cart and _csrf</h1>',
  'user.eta': '<% if (it.user) { %><%= it.user.name %><% } %>',
  'title.eta': '<%= it.title %>',
  'layout.eta': '<nav><%= it.cart %></nav><%~ it.body %>',
  'page.eta': "<% layout('./layout') %><%= it.tenant %>",
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'templates-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
})
afterAll(() => rm(folder, { recursive: true }))

const engines: Record<string, (app: Express) => unknown> = {
  ejs: (app) => app.engine('ejs', ejs.renderFile as never),
  njk: (app) => nunjucks.configure(folder, { express: app as never, autoescape: true }),
  pug: () => undefined,
  hbs: (app) => app.engine('hbs', hbs.create().__express),
  liquid: (app) => app.engine('liquid', new Liquid({ root: folder, extname: '.liquid' }).express() as never),
  eta: (app) => {
    const eta = new Eta({ views: folder })
    app.engine('eta', (path, options, done) => {
      try {
        done(null, eta.render(`./${path.slice(folder.length + 1)}`, options))
      } catch (error) {
        done(error as Error)
      }
    })
  },
}

const locals = { user: { name: 'Ada' }, cart: 3, tenant: 'acme', title: 'Title', nonce: 'n', items: [1] }

/** Renders a view of an application whose middlewares have left locals, and answers which of them count. */
async function looksOf(view: string, passed: object = {}, framework = express, settings: object = {}) {
  const app = framework()
  let watched: Watched | undefined
  app.set('views', folder)
  Object.entries(settings).map(([name, value]) => app.set(name, value))
  engines[view.split('.')[1] ?? '']?.(app)
  app.use((req, res, next) => {
    Object.assign(res.locals, locals, { helper: () => 'helped' })
    watched = new Watched(req, res)
    next()
  })
  app.get('/', (_req, res) => res.render(view, passed))
  const { status, body } = await ask(await serve(app as RequestListener))
  watched?.stop()
  return { status, body, read: watched?.read.filter((name) => name.startsWith('locals:')) }
}

const noise =
  /^locals:(?:filename|layout|self|doctype|pretty|compileDebug|debug|basedir|globals|filters|plugins|name|__)/
const whole = ['locals:*']

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_, framework) => {
  const cases: [string, readonly string[], object?][] = [
    ['plain.ejs', []],
    ['user.ejs', ['locals:user']],
    ['user.ejs', [], { user: { name: 'Eve' } }],
    ['user.ejs', [], { user: undefined }],
    ['absent.ejs', ['locals:absent']],
    ['locals.ejs', ['locals:cart', 'locals:tenant', 'locals:user']],
    ['all.ejs', whole],
    ['computed.ejs', whole],
    ['title.ejs', ['locals:title']],
    ['title.ejs', [], { title: 'passed' }],
    ['helper.ejs', []],
    ['include.ejs', ['locals:cart', 'locals:tenant', 'locals:title']],
    ['dynamic.ejs', whole, { title: 'title.ejs' }],
    ['comment.ejs', ['locals:title']],
    ['spread.ejs', ['locals:user']],
    ['many.ejs', whole],
    ['custom.ejs', whole],
    ['plain.njk', []],
    ['user.njk', ['locals:user']],
    ['title.njk', [], { title: 'passed' }],
    ['helper.njk', []],
    ['page.njk', ['locals:cart', 'locals:item', 'locals:items', 'locals:tenant']],
    ['include.njk', ['locals:title', 'locals:user', 'locals:x']],
    ['dynamic.njk', whole, { title: 'title.njk' }],
    ['plain.pug', []],
    ['user.pug', ['locals:user']],
    ['title.pug', [], { title: 'passed' }],
    ['page.pug', ['locals:cart', 'locals:tenant']],
    ['plain.hbs', []],
    ['user.hbs', ['locals:user']],
    ['title.hbs', [], { title: 'passed' }],
    ['page.hbs', ['locals:cart', 'locals:tenant'], { layout: 'frame' }],
    ['plain.liquid', []],
    ['user.liquid', ['locals:user']],
    ['title.liquid', [], { title: 'passed' }],
    ['page.liquid', ['locals:cart', 'locals:tenant']],
    ['plain.eta', []],
    ['user.eta', ['locals:user']],
    ['title.eta', [], { title: 'passed' }],
    ['page.eta', ['locals:body', 'locals:cart', 'locals:tenant']],
  ]
  const given = cases.map(([view, expected, passed = {}]) => [view, expected, passed] as const)
  it.each(given)('%s looks at %j, where %j is passed', async (view, expected, passed) => {
    const { status, body, read } = await looksOf(view, passed, framework as typeof express)
    expect([status, body.includes('Error')]).toEqual([200, false])
    expect(read?.filter((name) => !noise.test(name))).toEqual(expected)
  })

  it.each(Object.keys(engines))('%s asks for few locals of its own', async (extension) => {
    const { read } = await looksOf(`user.${extension}`, {}, framework as typeof express)
    expect(read?.length).toBeLessThan(16)
  })
})

describe('a page', () => {
  it('shows the same as without the watch', async () => {
    const { body } = await looksOf('include.ejs')
    expect(body).toBe('<nav>3</nav>acme')
  })

  it('whose application has templates cached is watched as well', async () => {
    const settings = { 'view cache': true }
    expect((await looksOf('user.ejs', {}, express, settings)).read).toEqual(['locals:user'])
    expect((await looksOf('user.ejs', {}, express, settings)).read).toEqual(['locals:user'])
  })

  it('of an application that writes EJS in another way depends on all locals', async () => {
    const settings = { 'view options': { delimiter: '?' } }
    expect((await looksOf('user.ejs', {}, express, settings)).read).toEqual(whole)
  })

  it('that shows a token of lusca, or a nonce, depends on it; another does not', async () => {
    const app = express()
    const reads: (string[] | undefined)[] = []
    app.set('views', folder)
    app.use(session({ secret: 's', resave: false, saveUninitialized: true }), lusca.csrf())
    app.use((req, res, next) => {
      res.locals.nonce = randomUUID()
      const watched = new Watched(req, res)
      res.on('finish', () => {
        reads.push(watched.read.filter((name) => name.startsWith('locals:')))
        watched.stop()
      })
      next()
    })
    app.get('/:view', (req, res) => res.render(`${req.params.view}.ejs`, { title: 'a', user: { name: '' } }))
    const url = await serve(app as RequestListener)
    for (const view of ['form', 'title', 'user']) expect((await ask(`${url}/${view}`)).status).toBe(200)
    expect(reads).toEqual([['locals:_csrf'], [], []])
  })

  it('of a mounted application with views of its own is watched', async () => {
    const app = express()
    const mounted = express()
    let watched: Watched | undefined
    mounted.set('views', folder).engine('eta', ejs.renderFile as never)
    mounted.get('/', (_req, res) => res.render('user.ejs'))
    app.use((req, res, next) => {
      Object.assign(res.locals, locals)
      watched = new Watched(req, res)
      next()
    })
    app.use('/mounted', mounted)
    expect((await ask(`${await serve(app as RequestListener)}/mounted`)).body).toBe('Ada')
    expect(watched?.read).toContain('locals:user')
    expect(watched?.read).not.toContain('locals:*')
    watched?.stop()
  })

  it('that is rendered to a text and then sent is watched, and its failure reaches the handler', async () => {
    const app = express().set('views', folder)
    let watched: Watched | undefined
    app.use((req, res, next) => {
      Object.assign(res.locals, locals)
      watched = new Watched(req, res)
      next()
    })
    app.get('/', (_req, res) => {
      res.render('none.ejs', {}, (error: Error) => {
        res.render('title.ejs', {}, (_: unknown, text: string) =>
          res.send(`${error.message.slice(0, 21)}: ${text}`),
        )
      })
    })
    expect((await ask(await serve(app as RequestListener))).body).toBe('Failed to lookup view: Title')
    expect(watched?.read).toContain('locals:*')
    watched?.stop()
  })

  it('of a view class without render depends on all locals', async () => {
    class View {
      readonly path = 'x'
      readonly render = (options: object, done: (error: unknown, text: string) => void) =>
        done(null, String(Reflect.get(options, 'title')))
    }
    const { body, read } = await looksOf('title.x', {}, express, { view: View })
    expect([body, read]).toEqual(['Title', whole])
  })
})
