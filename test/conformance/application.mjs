import { createServer } from 'node:http'
import {
  createCaches,
  fetchFromCache,
  memoryStore,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import express from 'express'
import { answers } from './answers.mjs'
import { listen } from './origin.mjs'
import { transparentProxy } from './proxy.mjs'

/**
 * An Express application with sitecache in front of a transparent proxy to the origin, on a free port.
 *
 * @param {import('./modes.mjs').Mode} mode
 * @param originPort on the loopback interface
 */
export async function startApplication(mode, originPort) {
  const { caches, options } = rules()
  const app = express()
  // Express would print the errors that the origin makes on purpose.
  app.set('env', 'test')
  if (mode.cache === 'site') app.use(siteCache(options))
  if (mode.cache === 'halves') app.use(updateCache(options), fetchFromCache())
  app.use(transparentProxy(originPort, answers[mode.answer], mode.hopByHop))
  const server = await listen(createServer(mode.cache === 'front' ? withSiteCache(app, options) : app))
  const close = async () => {
    await server.close()
    await caches.close()
  }
  return { ...server, close }
}

function rules() {
  const caches = createCaches({ default: { store: memoryStore() } })
  const options = {
    caches,
    policy: 'rfc9111',
    // A proxy passes all headers on, and so depends on all of them, those by which the suite numbers its requests too. Which of
    // them choose a response, its origin alone knows, and says by Vary.
    inputs: 'declared',
    // RFC 9111 §7.3: Set-Cookie doesn't keep a response from being stored. By default it does here, since nobody wants it shared.
    setCookie: 'store',
  }
  return { caches, options }
}
