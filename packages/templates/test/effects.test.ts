import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { ejsFragments } from '@sitecache/templates/ejs'
import { etaFragments } from '@sitecache/templates/eta'
import { liquidFragments } from '@sitecache/templates/liquid'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import ejs from 'ejs'
import { Eta } from 'eta'
import express from 'express'
import { Liquid } from 'liquidjs'
import nunjucks from 'nunjucks'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const run of undo.splice(0)) await run()
})

const cachesOf = () => createCaches({ default: 'memory:' })

describe('a cached block of LiquidJS does on a hit what it did on the miss', () => {
  class Model {
    title = 'book'
  }

  async function twice(text: string, data: () => object = () => ({})): Promise<[string, string]> {
    const engine = liquidFragments(new Liquid(), { caches: cachesOf() })
    const show = () => engine.parseAndRender(text, data())
    return [await show(), await show()]
  }

  it.each([
    [
      '{% for i in (1..3) %}{% cache 60 row i %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endcache %}|{% endfor %}',
      '1|',
    ],
    [
      '{% for i in (1..3) %}{% cache 60 row i %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endcache %}|{% endfor %}',
      '1|3|',
    ],
    [
      '{% for i in (1..2) %}{% cache 60 row i %}{% for j in (1..3) %}{% if j == 2 %}{% break %}{% endif %}{{ j }}{% endfor %}{% endcache %}|{% endfor %}',
      '1|1|',
    ],
    ['{% assign x = "a" %}{% cache 60 row %}{% assign x = "b" %}{{ x }}{% endcache %}{{ x }}', 'bb'],
    ['{% cache 60 row %}{% capture x %}<b>{% endcapture %}{{ x }}{% endcache %}{{ x }}', '<b><b>'],
    ['{% cache 60 a %}{% cache 60 b %}{% assign x = 1 %}{% endcache %}{% endcache %}{{ x }}', '1'],
    ['{% cache 60 row %}{% increment n %}{% endcache %}{% increment n %}', '01'],
    [
      '{% for i in (1..3) %}{% cache 60 row i %}{% cycle "a", "b" %}{% endcache %}{% endfor %}{% cycle "a", "b" %}',
      'abab',
    ],
    ['{% cache 60 row %}{% assign __proto__ = "x" %}y{% endcache %}{{ polluted }}', 'y'],
    ['{% cache 60 row %}{% raw %}{{ x }}{% endraw %}{% endcache %}', '{{ x }}'],
  ])('%s', async (text, shown) => {
    expect(await twice(text)).toEqual([shown, shown])
  })

  it("also with a variable that can not be stored: it is the block's own", async () => {
    let renders = 0
    const data = () => ({ model: new Model(), count: () => ++renders })
    const text =
      '{% assign p = "before" %}{% cache 60 row %}{% assign p = model %}{{ p.title }}{{ count }}{% endcache %}{{ p }}'
    expect(await twice(text, data)).toEqual(['book1before', 'book1before'])
  })
})

type ViewEngine = ReturnType<typeof ejsFragments>

describe('a cached block of Nunjucks does on a hit what it did on the miss', () => {
  async function twice(text: string, data: object = {}): Promise<string[]> {
    const environment = nunjucksFragments(new nunjucks.Environment(), { caches: cachesOf() })
    const show = () =>
      new Promise<string>((resolve, reject) =>
        environment.renderString(text, data, (error, html) =>
          error ? reject(error) : resolve(String(html)),
        ),
      )
    return [await show(), await show()]
  }

  it.each([
    ['{% set x = "a" %}{% cache 60, "row" %}{% set x = "b" %}{{ x }}{% endcache %}{{ x }}', 'bb'],
    ['{% cache 60, "row" %}{% set x %}<b>{% endset %}{{ x }}{% endcache %}{{ x }}', '&lt;b&gt;&lt;b&gt;'],
    ['{% cache 60, "a" %}{% cache 60, "b" %}{% set x = 1 %}{% endcache %}{% endcache %}{{ x }}', '1'],
    ['{% for i in [1, 2] %}{% cache 60, "row", i %}{% set x = i %}{% endcache %}{{ x }}{% endfor %}', '12'],
    [
      '{% for i in [1, 2] %}{% cache 60, "row", i %}{% if i == 1 %}{% set x = i %}{% endif %}-{% endcache %}{{ x }}{% endfor %}',
      '-1-1',
    ],
    [
      '{% set p = "before" %}{% cache 60, "row" %}{% set p = model %}{{ p.title }}{% endcache %}{{ p }}',
      'bookbefore',
    ],
    ['{% cache 60, "row" %}{% raw %}{{ x }}{% endraw %}{% endcache %}', '{{ x }}'],
  ])('%s', async (text, shown) => {
    class Model {
      title = 'book'
    }
    expect(await twice(text, { model: new Model() })).toEqual([shown, shown])
  })
})

/** Shows a view twice. */
async function viewTwice(
  engine: ViewEngine,
  extension: string,
  text: string,
  data: object = {},
  settings: object = {},
) {
  const folder = await temporaryFolder('views')
  undo.push(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, `view.${extension}`), text)
  await writeFile(join(folder, `part.${extension}`), 'part')
  const app = express().set('views', folder).engine(extension, engine)
  for (const [name, value] of Object.entries(settings)) app.set(name, value)
  const show = () =>
    new Promise<string>((resolve, reject) =>
      app.render(`view.${extension}`, data, (error, html) => (error ? reject(error) : resolve(html))),
    )
  return [await show(), await show()]
}

describe('EJS', () => {
  const block = (o: string, c: string) =>
    `${o} await fragment(60, 'a', [], async () => { ${c}made ${o}= n() ${c}${o} }) ${c}`
  const counter = () => {
    let renders = 0
    return { n: () => ++renders }
  }

  it.each<[string, object, string, string]>([
    ['usual', {}, '<%', '%>'],
    ['another delimiter', { delimiter: '?' }, '<?', '?>'],
    ['other brackets', { openDelimiter: '[', closeDelimiter: ']' }, '[%', '%]'],
    ['brackets that code has', { openDelimiter: '{', delimiter: ')', closeDelimiter: ')' }, '{)', '))'],
    ['one that arrows have', { delimiter: '=', closeDelimiter: '>' }, '<=', '=>'],
    ['rmWhitespace', { rmWhitespace: true }, '<%', '%>'],
  ])('with delimiters: %s', async (_, settings, open, close) => {
    const text =
      Object.keys(settings).includes('closeDelimiter') && open !== '[%' ? 'plain' : block(open, close)
    const engine = ejsFragments(ejs, { caches: cachesOf() }, settings)
    const shown = text === 'plain' ? 'plain' : 'made 1'
    expect(await viewTwice(engine, 'ejs', text, counter())).toEqual([shown, shown])
  })

  it('in strict mode, with locals of another name', async () => {
    const engine = ejsFragments(ejs, { caches: cachesOf() }, { strict: true, localsName: 'it' })
    const text =
      "<% await fragment(60, 'a', [], async () => { %>made <%= it.n() %><% }) %><%- await include('part') %>"
    expect(await viewTwice(engine, 'ejs', text, counter())).toEqual(['made 1part', 'made 1part'])
  })

  it("takes Express's view options, but none from a view's data", async () => {
    const engine = ejsFragments(ejs, { caches: cachesOf() })
    const options = { 'view options': { delimiter: '?' } }
    expect(await viewTwice(engine, 'ejs', block('<?', '?>'), counter(), options)).toEqual([
      'made 1',
      'made 1',
    ])
    expect(await viewTwice(engine, 'ejs', '<%= 1 %>', { settings: options })).toEqual(['1', '1'])
  })

  it('shows a literal of its own tags', async () => {
    const engine = ejsFragments(ejs, { caches: cachesOf() })
    const text = "<% await fragment(60, 'a', [], async () => { %><%% x %%><% }) %>"
    expect(await viewTwice(engine, 'ejs', text)).toEqual(['<% x %>', '<% x %>'])
  })
})

describe('several fragments that a template awaits together', () => {
  // The first takes longer than the second.
  const data = () => ({ late: () => new Promise((go) => setImmediate(() => setImmediate(() => go('late')))) })

  it('stand in their order in EJS, each with its own text', async () => {
    const text = `[<% await Promise.all([
      fragment(60, 'a', [], async () => { %>a <%= await late() %><% await fragment(60, 'c', [], async () => { %> c<% }) }),
      fragment(60, 'b', [], async () => { %>b<% }) ]) %>]`
    const shown = '[a late cb]'
    expect(await viewTwice(ejsFragments(ejs, { caches: cachesOf() }), 'ejs', text, data())).toEqual([
      shown,
      shown,
    ])
  })

  it('have their own text in Eta', async () => {
    const text = `<% const both = await Promise.all([
      it.fragment(60, 'a', [], () => captureAsync(async () => { %>a <%= await it.late() %><% })),
      it.fragment(60, 'b', [], () => captureAsync(async () => { %>b<% })) ]) %>[<%~ both.join('|') %>]`
    const [miss, hit] = await viewTwice(etaFragments(new Eta(), { caches: cachesOf() }), 'eta', text, data())
    expect([miss, hit]).toEqual(['[a late|b]', '[a late|b]'])
  })
})
