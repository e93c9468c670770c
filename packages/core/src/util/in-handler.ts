import { warnOnce } from './warnings.js'

/** Frames that are looked at: each middleware of Express takes five. */
const FRAMES = 300
/** Creations that are looked at: an application makes a few, at its start. */
const MAX_CREATIONS = 1000

/**
 * Frames below which a request is handled: of Node's servers; or of the routers of Express and
 * Connect, where a middleware such as express-session has waited for something.
 */
const handlingFrame =
  /\bnode:(?:_http_server|internal\/http2)|[\\/](?:router|express)[\\/]lib[\\/](?:router[\\/])?layer\.js|[\\/]connect[\\/]index\.js/
/** Frames of Node's loaders: a module that is loaded by a request is evaluated once. */
const loaderFrame = /\bnode:internal\/modules\//

let creations = 0
const places = new Set<string>()

/** A cache or a middleware that was made outside of a request, as far as the stack shows. */
interface Made {
  readonly name: string
  readonly place: string
}

/** Things made by the run of code that is under way, up to the next turn of a promise. */
let madeInRun: Made[] = []

/**
 * Warns of a cache or a middleware that is made for each request: the second time that one line
 * makes it while a request is handled. What is made once, at the first request, is in order.
 *
 * @param name of the public function that calls this one, as users know it: `siteCache()`
 */
export function warnIfInHandler(name: string): void {
  if (creations >= MAX_CREATIONS) return
  creations += 1
  const [place, ...callers] = framesAbove()
  const handledBy = callers.findIndex((frame) => handlingFrame.test(frame))
  if (place === undefined) return
  if (handledBy < 0) noteMade({ name, place })
  else if (!callers.slice(0, handledBy).some((frame) => loaderFrame.test(frame)))
    madeInHandler({ name, place })
}

function noteMade(made: Made): void {
  if (madeInRun.length === 0)
    queueMicrotask(() => {
      madeInRun = []
    })
  madeInRun.push(made)
}

/**
 * A layer was called with a request. What was made in the same run of code was made for it: behind
 * an `await` of its handler, where no stack shows a request any more.
 */
export function warnIfJustMade(): void {
  if (madeInRun.length === 0) return
  const all = madeInRun
  madeInRun = []
  for (const made of all) madeInHandler(made)
}

function madeInHandler({ name, place }: Made): void {
  if (!places.has(place)) {
    places.add(place)
    return
  }
  warnOnce(
    'SITECACHE_HANDLER',
    `${name} is called while a request is handled, for each request anew, at ${placeOf(place)}: call it once, where the ` +
      "application is built, as in app.get('/', cachePage('15m'), handler)",
  )
}

/** Returns the frames above the public function. */
function framesAbove(): readonly string[] {
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = FRAMES
    const holder: { stack?: unknown } = {}
    Error.captureStackTrace(holder, warnIfInHandler)
    return String(holder.stack).split('\n').slice(2)
  } catch {
    // An application may make the limit final, or format stacks in its own way.
    return []
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** Returns file, line and column of a frame: `at make (/a b.js:1:2)`, or `at /a b.js:1:2`. */
export function placeOf(frame: string): string {
  const [, called, top] = /\((.+:\d+:\d+)\)$|^\s*at (?:async )?(.+:\d+:\d+)$/.exec(frame) ?? []
  return called ?? top ?? 'an unknown place'
}
