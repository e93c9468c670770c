import type { ServerResponse } from 'node:http'
import { relative } from 'node:path'
import { parseVary } from '@sitecache/http'
import { type Caller, callersIn, isNodeFile, isOwnFile, packageOf } from './callers.js'
import { type FieldWrite, fieldWritesOf } from './field-writes.js'

/** Code that wrote a field of a response. */
export interface FieldWriter {
  /** Field with its value; cookies by name. */
  readonly field: string
  /** Name of the installed package; undefined: the application itself. */
  readonly package?: string | undefined
  /** File and line there. */
  readonly at?: string | undefined
  /** File and line of the application under which it ran. */
  readonly under?: string | undefined
}

/** Packages that write for their callers. */
const helpers: ReadonlySet<string> = new Set([
  'append-field',
  'connect',
  'cookie',
  'cookies',
  'depd',
  'express',
  'express4',
  'finalhandler',
  'on-finished',
  'on-headers',
  'router',
  'send',
  'vary',
])

/** The code of this package that judges and sends: what it writes is none of the application's. */
const inner = /[\\/](?:capture|response|request|holes)[\\/]/
/** The code that sets what the application gave to `writeHead`. */
const applied = /[\\/]capture[\\/]apply-head\.[cm]?[jt]s$/

/**
 * Returns the code that wrote a field of a response, the last writer first; empty where writes are
 * not watched.
 *
 * @param name in lower case
 */
export function fieldWriters(res: ServerResponse, name: string): readonly FieldWriter[] {
  let before: unknown
  const found = fieldWritesOf(res, name).flatMap((write) => {
    const writer = writerOf(name, write, before)
    before = write.value
    return writer === undefined ? [] : [writer]
  })
  const byText = new Map(found.reverse().map((writer) => [`${writer.field} ${writer.at}`, writer]))
  return [...byText.values()]
}

function writerOf(name: string, { value, stack }: FieldWrite, before: unknown): FieldWriter | undefined {
  const foreign = foreignCallers(callersIn(stack))
  if (foreign === undefined) return undefined
  const under = foreign.find(({ file }) => packageOf(file) === undefined)
  const writer = foreign.find(({ file }) => !helpers.has(packageOf(file)?.name ?? ''))
  const owner = writer && packageOf(writer.file)
  return {
    field: textOfField(name, value, before),
    package: owner?.name,
    at: writer && placeOf(writer),
    under: under && placeOf(under),
  }
}

/** Callers beyond this package and Node; undefined: this package wrote for itself. */
function foreignCallers(all: readonly Caller[]): readonly Caller[] | undefined {
  const foreign: Caller[] = []
  let isApplied = false
  for (const caller of all) {
    const { file } = caller
    if (isNodeFile(file)) continue
    isApplied ||= applied.test(file)
    if (!isOwnFile(file)) foreign.push(caller)
    else if (foreign.length === 0 && !isApplied && inner.test(file)) return undefined
  }
  return foreign
}

/** A file by its path in its package, or below the working directory. */
function placeOf(caller: Caller): string {
  const { file, line } = caller.source()
  const owner = packageOf(file)
  if (owner !== undefined) return `${owner.name}/${owner.path}:${line}`
  const below = relative(process.cwd(), file)
  return `${below.startsWith('..') || below === '' ? file : below}:${line}`
}

/** Formats the code that wrote a field: `by express-session (…/index.js:241), under app.js:12`. */
export function writerText({ package: name, at, under }: FieldWriter): string {
  const own = under === undefined ? '' : `${name === undefined ? '' : ', under '}${under}`
  if (name === undefined) return `by the application${own === '' ? '' : `, at ${own}`}`
  return `by ${name}${at === undefined ? '' : ` (${at})`}${own}`
}

/** Spelling of fields in texts. */
const spelt: Readonly<Record<string, string>> = {
  'cache-control': 'Cache-Control',
  'content-encoding': 'Content-Encoding',
  'content-length': 'Content-Length',
  'content-range': 'Content-Range',
  'content-security-policy': 'Content-Security-Policy',
  'content-type': 'Content-Type',
  expires: 'Expires',
  'set-cookie': 'Set-Cookie',
  'transfer-encoding': 'Transfer-Encoding',
  vary: 'Vary',
}

/** Characters of a value in a text. */
const MAX_VALUE = 100

/**
 * Formats a field with its value: of cookies the names alone, of a policy nothing, of Vary what was
 * added to it.
 *
 * @param name in lower case
 */
export function textOfField(name: string, value: unknown, before?: unknown): string {
  const title = spelt[name] ?? name
  const text = shownValue(name, value, before)
  return text === '' ? title : `${title}: ${text}`
}

function shownValue(name: string, value: unknown, before: unknown): string {
  if (name === 'content-security-policy') return ''
  if (name === 'set-cookie') return cookieNames(value, before).join(', ')
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '')
  if (name === 'vary') return addedNames(text, before)
  return plain(text)
}

function addedNames(text: string, before: unknown): string {
  const known = parseVary(before === undefined ? undefined : String(before))
  const names = text.split(',').map((name) => name.trim())
  const added = names.filter((name) => name !== '' && !known.includes(name.toLowerCase()))
  return plain((added.length === 0 ? names : added).join(', '))
}

function cookieNames(value: unknown, before: unknown): readonly string[] {
  const lines = (one: unknown): readonly unknown[] =>
    Array.isArray(one) ? one : one === undefined ? [] : [one]
  const known = lines(before).map(String)
  const all = lines(value).map(String)
  const added = all.filter((line) => !known.includes(line))
  return [...new Set((added.length === 0 ? all : added).map(cookieName))].slice(0, 8)
}

/** A name may have an id in it, which may be a visitor's. */
function cookieName(line: string): string {
  const [name = ''] = line.split('=', 1)
  return plain(name.trim().replace(/[0-9a-f]{8,}|\d{3,}/gi, '…')).slice(0, 60)
}

function plain(text: string): string {
  const visible = text.replace(/[^\x20-\x7e…]/g, '?')
  return visible.length > MAX_VALUE ? `${visible.slice(0, MAX_VALUE)}…` : visible
}
