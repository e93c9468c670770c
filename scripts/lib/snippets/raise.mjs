/** Raising of codes: a snippet shows a mistake, and what it is told has the code that its page is about. */
import diagnostics from 'node:diagnostics_channel'
import { setTimeout as wait } from 'node:timers/promises'
import { askAs } from './ask.mjs'

/** Longest time in which a code is to be raised, in milliseconds. */
const LONGEST = 12_000
/** Hosts by which each route is asked: so many that a site has not. */
const hosts = Array.from({ length: 25 }, (_, i) => `host${i}.example`)

const heard = []
const hear = ({ code, message, name }) => heard.push({ code, text: `${name}: ${message}` })
process.on('warning', hear)
const hearEvent = ({ error }) => hear(error)

/**
 * Resolves to what went wrong, once the snippet has thrown an error of the code, warned with it, or told it by the
 * event `error`; undefined: nothing.
 *
 * @param loaded the snippet, as it is loaded
 * @param words `raises` has the code, `as` headers of requests that a mistake shows by: `name: value; name: value`
 * @param message what is expected to be told, `…` in place of what differs from machine to machine
 */
export async function raisedBy(loaded, { raises, as = '' }, message) {
  heard.length = 0
  const { forgetWarnings } = await import('../../../packages/core/dist/internal.js')
  forgetWarnings()
  // A store's outage makes a warning where nobody hears of the event.
  if (raises.startsWith('ERR_')) diagnostics.subscribe('sitecache:error', hearEvent)
  else diagnostics.unsubscribe('sitecache:error', hearEvent)
  const shown = headersOf(as)
  const crowd = [{}, shown, ...hosts.map((host) => ({ ...shown, host }))]
  const module = await loaded.catch(hear)
  for (const start = Date.now(); Date.now() - start < LONGEST; ) {
    const told = heard.find(({ code }) => code === raises)
    if (told !== undefined) return difference(told.text, message)
    await askAs(module?.snippetApp, crowd)
    await wait(20)
  }
  return [
    `nothing has the code ${raises}; there was:`,
    ...heard.map(({ code, text }) => `${code}: ${text}`),
  ].join('\n')
}

function headersOf(text) {
  const pairs = text.split('; ').filter((pair) => pair !== '')
  return Object.fromEntries(pairs.map((pair) => pair.split(': ')))
}

function difference(told, message) {
  if (message === undefined) return `the page does not say what is told:\n${told}`
  const pattern = message
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
    .join('.*?')
  return new RegExp(`^${pattern}$`, 's').test(told)
    ? undefined
    : `the page says something else than what is told:\n${told}`
}
