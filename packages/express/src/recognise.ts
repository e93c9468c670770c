import type { IncomingMessage } from 'node:http'
import { type Buckets, bypassReason } from '@sitecache/http'
import { knownExchange } from './exchange.js'
import { urlMaterialOf } from './invalidate.js'
import type { Layer } from './layer.js'
import type { KeyPart } from './page-options.js'
import type { PageKeys } from './place.js'
import { type Origin, originOf, targetOf } from './request-target.js'
import { field } from './types.js'
import { credentials } from './visitor.js'

/** Where the pages for one request live. */
export interface Place {
  readonly keys: PageKeys
  readonly origin: Origin
  readonly urlMaterial: string
  /** Full key of the URL's vary record. */
  readonly recordKey: string
  /** What chooses the page beside the headers named in Vary. */
  readonly fixed: string
  readonly buckets: Buckets | undefined
  readonly maxVariants: number
  /** The visitor was known as signed in: the place is theirs alone. */
  readonly signedIn: boolean
}

/** Why a request passes the cache by. */
export type BypassReason = 'method' | 'request' | 'skip' | 'signed-in' | 'error'

/** What a request asks for: the place of its pages, or the reason why the cache keeps out of it. */
export function recognise(layer: Layer, req: IncomingMessage): Place | BypassReason {
  const reason = reasonToBypass(layer, req)
  if (reason !== undefined) return reason
  const { rules } = layer
  const signedIn = rules.isAuthenticated(req)
  const visitor = signedIn ? credentials(req) : undefined
  if (signedIn && (rules.anonymousOnly || visitor === undefined)) return 'signed-in'
  const keys = layer.keys()
  const origin = originOf(req, layer.app)
  const target = targetOf(req)
  const urlMaterial = urlMaterialOf(layer, origin, target.url)
  return {
    keys,
    origin,
    urlMaterial,
    recordKey: keys.record(urlMaterial),
    fixed: fixedMaterial(layer, req, target.rewritten, visitor),
    buckets: rules.buckets,
    maxVariants: rules.maxVariants,
    signedIn,
  }
}

function reasonToBypass(layer: Layer, req: IncomingMessage): BypassReason | undefined {
  const method = field(req, 'method') ?? 'GET'
  const originalMethod = field(req, 'originalMethod') ?? method
  // A POST that a middleware turned into a GET (method-override) is still a POST to whoever sent it.
  if (originalMethod !== 'GET' && originalMethod !== 'HEAD') return 'method'
  if (bypassReason(method, req.headers) !== undefined) return 'request'
  if (knownExchange(req)?.skipped === true) return 'skip'
  return layer.rules.skip?.(req) === true ? 'skip' : undefined
}

/**
 * What chooses among the pages of a URL, Vary apart.
 *
 * The kind of layer is part of it: a page that `cachePage` keeps of a route behind a login check must not be found
 * by a site's cache, which looks it up before that check.
 */
export function fixedMaterial(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: string | undefined,
): string {
  const language = field(req, 'language')
  const timeZone = field(req, 'timeZone')
  const parts = layer.rules.keyParts?.(req)
  const plain = language === undefined && timeZone === undefined && rewritten === undefined
  if (plain && parts === undefined && visitor === undefined) return layer.plainMaterial
  return fixedParts(layer.kind, [textOf(language), textOf(timeZone), rewritten, visitor], parts)
}

/** Self-delimiting, so that nothing that follows it can be mistaken for a part of it. */
export function fixedParts(kind: string, own: readonly KeyPart[], parts?: readonly KeyPart[]): string {
  const text = JSON.stringify([kind, own.map(partOf), parts?.map(partOf) ?? null])
  return `${text.length}:${text}`
}

function partOf(part: KeyPart): string | number | boolean | null {
  return part ?? null
}

/** i18n packages put a language tag on the request, or an object that describes it. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
