import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { fetchFromCache, updateCache } from '@sitecache/express'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import ejs from 'ejs'
import express from 'express'
import nunjucks from 'nunjucks'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'

/** Views that show the user by a function which looks at all that its template was given. */
const showing: Record<string, string> = {
  'helper.ejs': '<%= helper() %>',
  'named.ejs': '<%= locals.helper() %>',
  'tagged.ejs': '<%= helper`` %>',
  'global.njk': '{{ who() }}',
  'filter.njk': '{{ "by" | whoFilter }}',
  'block.njk': '{% filter whoFilter %}by{% endfilter %}',
  'dotted.njk': '{{ "by" | who.filter }}',
  'test.njk': '{% if 1 is not ofEve %}not {% endif %}Eve',
  'tag.njk': '{% who %}',
  'inherited.njk': '{% extends "base.njk" %}{% block main %}page{% endblock %}',
  'proxy.njk': '{{ proxied() }}',
}
const plain: Record<string, string> = {
  'plain.ejs': '<%= format(2) %> <%= bound() %>',
  'plain.njk': '{{ [2, 1] | sort | join | exclaim }} {{ range(2) }} {{ bound() }}',
  'cached.njk': '{% cache 60, "part" %}part{% endcache %}',
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-'))
  const files = { ...showing, ...plain, 'base.njk': '{% block main %}{% endblock %} by {{ who() }}' }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
})
afterAll(() => rm(folder, { recursive: true }))

interface Context {
  readonly ctx: { readonly user: { readonly name: string } }
}

class WhoTag {
  readonly tags = ['who']

  parse(
    parser: { nextToken(): { value: string }; parseSignature(a: null, b: boolean): unknown } & {
      advanceAfterBlockEnd(name: string): void
    },
    nodes: { CallExtension: new (...args: unknown[]) => unknown },
  ): unknown {
    const { value } = parser.nextToken()
    const args = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(value)
    return new nodes.CallExtension(this, 'run', args, [])
  }

  run({ ctx }: Context): string {
    return ctx.user.name
  }
}

function nunjucksApplication() {
  const app = express()
  const environment = nunjucks.configure(folder, { express: app as never })
  function who(this: Context): string {
    return this.ctx.user.name
  }
  environment.addGlobal('who', who).addGlobal('proxied', new Proxy(who, {}))
  environment.addGlobal('bound', who.bind({ ctx: { user: { name: 'all' } } }))
  environment.addFilter('whoFilter', function (this: Context, text: string) {
    return `${text} ${who.call(this)}`
  })
  environment.addFilter('who.filter', who).addFilter('exclaim', (text: string) => `${text}!`)
  Object.assign(Reflect.get(environment, 'tests') as object, {
    ofEve(this: Context) {
      return who.call(this) === 'Eve'
    },
  })
  environment.addExtension('who', new WhoTag() as never)
  return { app, environment }
}

function site() {
  const app = express()
  app.use(updateCache({ timeout: '10m' }))
  app.use((req, res, next) => {
    res.locals.user = { name: req.get('x-user') ?? 'nobody' }
    next()
  })
  app.use(fetchFromCache())
  app.set('views', folder).engine('ejs', ejs.renderFile as never)
  app.locals.helper = function (this: { user: { name: string } }) {
    return this.user.name
  }
  app.locals.format = (value: number) => value.toFixed(2)
  app.locals.bound = app.locals.helper.bind({ user: { name: 'all' } })
  app.get('/:view.ejs', (req, res) => res.render(`${req.params.view}.ejs`))
  const { app: mounted, environment } = nunjucksApplication()
  nunjucksFragments(environment)
  mounted.get('/:view', (req, res) => res.render(req.params.view))
  return serve(app.use(mounted) as RequestListener)
}

describe('a view that shows the user by a function which is handed all locals', () => {
  it.each(Object.keys(showing))('%s has a page for each', async (view) => {
    const url = `${await site()}/${view}`
    const shown: string[] = []
    for (const user of ['Ada', 'Eve', 'Ada']) {
      const { status, body } = await ask(url, { 'x-user': user })
      shown.push(`${status} ${body.replace('not Eve', 'Ada')}`)
    }
    expect(shown[0]).toMatch(/^200 .*Ada/)
    expect(shown).toEqual([shown[0], shown[0]?.replace('Ada', 'Eve'), shown[0]])
  })

  it.each(Object.keys(plain))('%s, whose functions look at nothing else, has one for all', async (view) => {
    const url = `${await site()}/${view}`
    await ask(url, { 'x-user': 'Ada' })
    const { status, cacheStatus } = await ask(url, { 'x-user': 'Eve' })
    expect([status, cacheStatus]).toEqual([200, expect.stringContaining('hit')])
  })
})
