import { join } from 'node:path'
import { createRequestHandler } from '@react-router/express'
import type { RequestHandler } from 'express'
import { build } from './build.js'

/** Answers with what `make` answered first. */
function once(make: () => Promise<RequestHandler>): () => Promise<RequestHandler> {
  let made: Promise<RequestHandler> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Handler of the application of SvelteKit in production; it is built and loaded once. */
export const svelteKit = once(async () => {
  const folder = await build({
    name: 'sveltekit',
    command: ['vite/bin/vite.js', 'build'],
    packages: ['svelte', '@sveltejs/kit', '@sveltejs/adapter-node', 'vite'],
  })
  return (await import(join(folder, 'build/handler.js'))).handler
})

/** Handler of the application of React Router in production; it is built and loaded once. */
export const reactRouter = once(async () => {
  const folder = await build({
    name: 'react-router',
    command: ['@react-router/dev/bin.js', 'build'],
    packages: ['react', 'react-router', '@react-router/dev', '@react-router/node', 'vite'],
  })
  const application = await import(join(folder, 'build/server/index.js'))
  return createRequestHandler({ build: application, mode: 'production' })
})
