import type { Caches } from '@sitecache/core'
import { ejsFragments } from '@sitecache/templates/ejs'
import { etaFragments } from '@sitecache/templates/eta'
import { handlebarsFragments } from '@sitecache/templates/handlebars'
import { liquidFragments } from '@sitecache/templates/liquid'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import { pugFragments } from '@sitecache/templates/pug'
import ejs from 'ejs'
import { Eta } from 'eta'
import type { Express } from 'express'
import hbs from 'hbs'
import { Liquid } from 'liquidjs'
import nunjucks from 'nunjucks'
import pug from 'pug'

/** A fragment of a view. What is not quoted is a name of the view's data. */
export interface Block {
  readonly timeout: string
  readonly name?: string
  readonly vary?: string
  readonly using?: string
  readonly tags?: string
  readonly lifetime?: boolean
  readonly body: string
}

/** A template engine, and how the views of the tests are written in it. */
export interface Engine {
  readonly extension: string
  use(app: Express, folder: string, caches: Caches): void
  block(block: Block): string
  text(text: string): string
  /** Writes what the function of the data answers. */
  call(name: string): string
  /** Writes a value of the data, escaped. */
  value(name: string): string
  /** Repeats the body for each `item` of `items`. */
  each(body: string): string
  include(view: string): string
}

const named = ({ using, tags, lifetime }: Block) =>
  Object.entries({ using, tags, lifetime: lifetime === true ? 'true' : undefined }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )

const list = (...parts: (string | undefined)[]) => parts.filter((part) => part !== undefined)

/** The arguments of a function, in JavaScript; `it` stands in front of names in Eta. */
function argumentsOf(block: Block, it = ''): string {
  const options = named(block).map(([name, value]) => `${name}: ${value === 'true' ? value : it + value}`)
  const timeout = /^(null|-?\d+)$/.test(block.timeout) ? block.timeout : it + block.timeout
  const vary = block.vary === undefined ? '' : it + block.vary
  return `${timeout}, '${block.name ?? 'box'}', [${vary}], { ${options.join(', ')} }`
}

export const engines: Readonly<Record<string, Engine>> = {
  nunjucks: {
    extension: 'njk',
    use(app, folder, caches) {
      nunjucksFragments(nunjucks.configure(folder, { express: app, autoescape: true }), { caches })
    },
    block: (block) => {
      const options = named(block).map(([name, value]) => `${name}=${value}`)
      return `{% cache ${list(block.timeout, `"${block.name ?? 'box'}"`, block.vary, ...options).join(', ')} %}${block.body}{% endcache %}`
    },
    text: (text) => text,
    call: (name) => `{{ ${name}() }}`,
    value: (name) => `{{ ${name} }}`,
    each: (body) => `{% for item in items %}${body}{% endfor %}`,
    include: (view) => `{% include "${view}.njk" %}`,
  },
  liquid: {
    extension: 'liquid',
    use(app, folder, caches) {
      const liquid = new Liquid({ root: folder, extname: '.liquid', outputEscape: 'escape' })
      app.engine('liquid', liquidFragments(liquid, { caches }).express())
    },
    block: (block) => {
      const options = named(block).map(([name, value]) => `${name}:${value}`)
      return `{% cache ${list(block.timeout, block.name ?? 'box', block.vary, ...options).join(' ')} %}${block.body}{% endcache %}`
    },
    text: (text) => text,
    call: (name) => `{{ ${name} }}`,
    value: (name) => `{{ ${name} }}`,
    each: (body) => `{% for item in items %}${body}{% endfor %}`,
    include: (view) => `{% include '${view}' %}`,
  },
  ejs: {
    extension: 'ejs',
    use: (app, _folder, caches) => void app.engine('ejs', ejsFragments(ejs, { caches })),
    block: (block) => `<% await fragment(${argumentsOf(block)}, async () => { %>${block.body}<% }) %>`,
    text: (text) => text,
    call: (name) => `<%= ${name}() %>`,
    value: (name) => `<%= ${name} %>`,
    each: (body) => `<% for (const item of items) { %>${body}<% } %>`,
    include: (view) => `<%- await include('${view}', { item: typeof item === 'undefined' ? 0 : item }) %>`,
  },
  eta: {
    extension: 'eta',
    use: (app, folder, caches) =>
      void app.engine('eta', etaFragments(new Eta({ views: folder }), { caches })),
    block: (block) =>
      `<%~ await it.fragment(${argumentsOf(block, 'it.')}, () => captureAsync(async () => { %>${block.body}<% })) %>`,
    text: (text) => text,
    call: (name) => `<%= it.${name}() %>`,
    value: (name) => `<%= it.${name} %>`,
    each: (body) => `<% for (it.item of it.items) { %>${body}<% } %>`,
    include: (view) => `<%~ await includeAsync('${view}', it) %>`,
  },
  handlebars: {
    extension: 'hbs',
    use(app, folder, caches) {
      const handlebars = hbs.create()
      const fragments = handlebarsFragments(handlebars.handlebars, { caches })
      app.engine('hbs', fragments(handlebars.__express))
      partials.set(app, () => new Promise((resolve) => handlebars.registerPartials(folder, resolve)))
    },
    block: (block) => {
      const options = named(block).map(([name, value]) => `${name}=${value}`)
      return `{{#cache ${list(block.timeout, `"${block.name ?? 'box'}"`, block.vary, ...options).join(' ')}}}${block.body}{{/cache}}`
    },
    text: (text) => text,
    call: (name) => `{{${name}}}`,
    value: (name) => `{{${name}}}`,
    each: (body) => `{{#each items as |item|}}${body}{{/each}}`,
    include: (view) => `{{> ${view} @root item=item}}`,
  },
  pug: {
    extension: 'pug',
    use: (app, _folder, caches) => void app.engine('pug', pugFragments(pug, { caches })),
    block: (block) => {
      const options = named(block).map(([name, value]) => `${name}=${value}`)
      const attributes = options.length === 0 ? '' : `(${options.join(' ')})`
      const args = list(block.timeout, `"${block.name ?? 'box'}"`, block.vary).join(', ')
      return `\n+cache(${args})${attributes}${indented(block.body)}\n`
    },
    text: (text) => `\n| ${text}\n`,
    call: (name) => `\n| #{${name}()}\n`,
    value: (name) => `\n| #{${name}}\n`,
    each: (body) => `\neach item in items${indented(body)}\n`,
    include: (view) => `\ninclude ${view}.pug\n`,
  },
}

/** What is still to be done before the first view, by application. */
export const partials = new WeakMap<Express, () => Promise<unknown>>()

function indented(body: string): string {
  return body.replace(/\n(?!\n|$)/g, '\n  ')
}
