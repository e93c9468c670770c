import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { inputRules } from '@sitecache/http'
import type { InputSettings } from '../../packages/express/src/inputs/input-settings.js'
import type { InputsWatch, LookUpPlace } from '../../packages/express/src/inputs/inputs-watch.js'
import { RequestInputs } from '../../packages/express/src/inputs/request-inputs.js'
import { watchInputs } from '../../packages/express/src/inputs/watch-inputs.js'
import { serve } from '../support/serve.js'

/** What a watch has seen of one request, up to the handler's end. */
export interface Seen {
  readonly names: readonly string[]
  readonly late: readonly string[]
  readonly address: boolean
  readonly changedSession: boolean
  readonly unseen: boolean
  /** Values of the inputs that were learned. */
  readonly values: Readonly<Record<string, string | undefined>>
  readonly body: string
  readonly status: number
}

type Next = (error?: unknown) => void
type Stop = (seen: Omit<Seen, 'body' | 'status'>) => void

const settings: InputSettings = { rules: inputRules() }

/** A middleware that stands where a layer of cache looks up, and keeps what its watches have seen. */
export class LookUp {
  readonly #waiting: Stop[] = []
  readonly place: LookUpPlace
  readonly settings: InputSettings
  readonly known: readonly string[]
  /** The watch and values of the last request. */
  last: { readonly watch: InputsWatch; readonly inputs: RequestInputs } | undefined

  constructor(
    place: LookUpPlace = 'below',
    overrides: Partial<InputSettings> = {},
    known: readonly string[] = [],
  ) {
    this.place = place
    this.settings = { ...settings, ...overrides }
    this.known = known
  }

  readonly middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    const inputs = new RequestInputs(req, res, this.settings)
    const { writeHead, end } = res
    // As a capture stands: outside what comes later, inside what came before.
    const done = { current: (): void => {} }
    res.writeHead = function captured(this: ServerResponse, ...args: unknown[]) {
      watch.headSent()
      return Reflect.apply(writeHead, this, args)
    } as typeof writeHead
    res.end = function captured(this: ServerResponse, ...args: unknown[]) {
      const result = Reflect.apply(end, this, args)
      done.current()
      return result
    } as typeof end
    const watch = watchInputs(req, res, inputs, { place: this.place, known: this.known })
    this.last = { watch, inputs }
    done.current = () => {
      done.current = () => {}
      this.#waiting.shift()?.(summaryOf(watch, inputs))
      watch.stop()
    }
    next()
  }

  /** Has a request made, and answers what was seen of it. */
  async seenOf(url: string, headers: Record<string, string> = {}): Promise<Seen> {
    const seen = new Promise<Omit<Seen, 'body' | 'status'>>((resolve) => this.#waiting.push(resolve))
    const response = await fetch(url, {
      headers: { 'sec-fetch-mode': 'cors', ...headers },
      redirect: 'manual',
    })
    const body = await response.text()
    return { ...(await seen), body, status: response.status }
  }
}

function summaryOf(watch: InputsWatch, inputs: RequestInputs): Omit<Seen, 'body' | 'status'> {
  const names = [...watch.names].sort()
  return {
    names,
    late: [...watch.lateNames].sort(),
    address: watch.address,
    changedSession: watch.changedSession,
    unseen: watch.unseen,
    values: Object.fromEntries(names.map((name) => [name, inputs.value(name)])),
  }
}

/** Serves an application and answers what its look-up sees of a request for `/`. */
export async function seen(
  lookUp: LookUp,
  application: RequestListener,
  headers: Record<string, string> = {},
): Promise<Seen> {
  return lookUp.seenOf(await serve(application), headers)
}

/** Learned of a copy of all headers, or of something that was made from the request in an unknown way. */
export const everything = ['authorization', 'cookie:*', 'header:*']
