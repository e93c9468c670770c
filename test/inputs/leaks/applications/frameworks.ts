import { join } from 'node:path'
import { createRequestHandler } from '@react-router/express'
import type { RequestHandler } from 'express'
import { build, type Framework } from '../../frameworks/build.js'
import type { Parts } from '../../support/application.js'
import type { Leaky, Person } from '../../support/leaky.js'
import { byCookie, byField } from './people.js'

const sveltekit: Framework = {
  name: 'sveltekit',
  command: ['vite/bin/vite.js', 'build'],
  packages: ['svelte', '@sveltejs/kit', '@sveltejs/adapter-node', 'vite'],
}
const reactRouter: Framework = {
  name: 'react-router',
  command: ['@react-router/dev/bin.js', 'build'],
  packages: ['react', 'react-router', '@react-router/dev', '@react-router/node', 'vite'],
}

const built = new Map<string, Promise<RequestHandler>>()

/** Handler of an application in production; it is built and loaded once. */
function load(framework: Framework): Promise<RequestHandler> {
  const known = built.get(framework.name)
  if (known !== undefined) return known
  const loading = framework === sveltekit ? loadSvelteKit() : loadReactRouter()
  built.set(framework.name, loading)
  return loading
}

async function loadSvelteKit(): Promise<RequestHandler> {
  const { handler } = await import(join(await build(sveltekit), 'build/handler.js'))
  return handler
}

async function loadReactRouter(): Promise<RequestHandler> {
  const module = await import(join(await build(reactRouter), 'build/server/index.js'))
  return createRequestHandler({ build: module, mode: 'production' })
}

function pages(
  name: string,
  framework: Framework,
  routes: Readonly<Record<string, { a: Person; b: Person }>>,
): Leaky[] {
  return Object.entries(routes).map(([route, people]) => ({
    name: `${name}, a page by ${route}`,
    ...people,
    make: async (): Promise<Parts> => ({ page: await load(framework), path: `/${route}` }),
  }))
}

const languages = {
  a: { mark: 'Hello de', fields: { 'Accept-Language': 'de' } },
  b: { mark: 'Hello fr', fields: { 'Accept-Language': 'fr' } },
}
const plain = { a: { fields: { 'User-Agent': 'Firefox' } }, b: { fields: { Cookie: '_ga=GA1.1.2' } } }
const byName = { cookie: byCookie, field: byField('X-User', 'ada', 'bob'), plain }

export const svelteKitApplications = pages('SvelteKit', sveltekit, { ...byName, language: languages })

/** It copies all fields twice: Accept-Language, which the second copy is asked for, is not seen (README). */
export const reactRouterApplications = pages('React Router', reactRouter, byName)
