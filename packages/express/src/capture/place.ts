import type { ServerResponse } from 'node:http'
import { extendCommonPrototype } from '../node/prototypes.js'
import { withoutTargeted } from './without-targeted.js'

/** The three methods through which everything is written. */
export type Writers = Pick<ServerResponse, 'writeHead' | 'write' | 'end'>

const writerNames = ['writeHead', 'write', 'end'] as const

/** A capture that stands in front of the methods of a prototype. */
export interface Standing {
  writeHead(args: unknown[]): unknown
  pass(name: 'write' | 'end', args: unknown[]): unknown
}

/** Place on the prototype of Express' responses at which one capture of a response can stand. */
export interface CapturePlace {
  readonly next: Writers
  readonly slot: symbol
}

/**
 * Returns the place for a capture that may be made later, and stands where one made now would: the
 * response goes through the methods of Express' prototype, in front of which middlewares put
 * theirs. A property of its own, which is dear, is then spared where nothing is captured in the
 * end.
 *
 * @returns undefined where a capture has to be made at once
 */
export function reserveCapture(res: ServerResponse): CapturePlace | undefined {
  const isPatched = writerNames.some((name) => Object.hasOwn(res, name))
  const place = isPatched ? undefined : extendCommonPrototype(res, capturing)
  return place !== undefined && captureOf(res, place.slot) === undefined ? place : undefined
}

/** Puts a capture at its place. */
export function standAt({ slot }: CapturePlace, res: ServerResponse, capture: Standing): void {
  Object.defineProperty(res, slot, { value: capture })
}

/**
 * Returns the capture of a response that goes through a prototype's methods. It stands on the
 * response itself: `res.locals` is the application's to replace, and a WeakMap's values are kept
 * alive by V8's young collections, and with them the exchange.
 */
const captureOf: (res: ServerResponse, slot: symbol) => Standing | undefined = Reflect.get

/**
 * Replaces the three methods on the prototype, for all responses of Express: those that are
 * captured go through their capture.
 */
function capturing(prototype: Writers): CapturePlace {
  const slot = Symbol('sitecache.capture')
  // Ends the look-up of those that are not captured here, instead of at the end of the chain.
  Object.defineProperty(prototype, slot, { value: undefined })
  const next = { writeHead: prototype.writeHead, write: prototype.write, end: prototype.end }
  prototype.writeHead = function writeHead(this: ServerResponse, ...args: unknown[]) {
    const capture = captureOf(this, slot)
    if (capture !== undefined) return capture.writeHead(args)
    // A hit, or a middleware that answers in front of the look-up.
    return Reflect.apply(next.writeHead, this, withoutTargeted(this, args))
  } as Writers['writeHead']
  prototype.write = function write(this: ServerResponse, ...args: unknown[]) {
    const capture = captureOf(this, slot)
    return capture === undefined ? Reflect.apply(next.write, this, args) : capture.pass('write', args)
  } as Writers['write']
  prototype.end = function end(this: ServerResponse, ...args: unknown[]) {
    const capture = captureOf(this, slot)
    return capture === undefined ? Reflect.apply(next.end, this, args) : capture.pass('end', args)
  } as Writers['end']
  return { next, slot }
}
