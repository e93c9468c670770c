import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http'
import { isPromise } from '@sitecache/core/internal'
import { connectInMemory, ownRequest } from '../node/own-requests.js'
import type { ArrivedRequest } from '../request/arrived-request.js'
import { takeOnTrial } from '../request/trial.js'
import type { LayerExplanation } from './explanation.js'
import { LayerVisit } from './layer-visit.js'

/** Milliseconds that an application may take. */
const PATIENCE_MS = 30_000

/** Fields that ask for less than the page, or are about a connection or a content. */
const left = /^(?:if-.*|range|connection|upgrade|transfer-encoding|content-.*|expect|te|trailer)$/

/** A request for the application. */
export interface AskedRequest {
  readonly url: URL
  readonly method: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** Answer of the application, as the layers of cache on the way saw it. */
export interface Asked {
  readonly layers: readonly LayerExplanation[]
  readonly notes: readonly string[]
}

/**
 * Asks an application in this process, without a network, on trial: nothing is served, stored or
 * counted. Its handler runs where no page would be served. Never rejects.
 */
export async function askApplication(app: RequestListener, asked: AskedRequest): Promise<Asked> {
  const question = new Question(asked)
  const note = await question.ask(app)
  const now = Date.now()
  const layers = question.visits.flatMap((visit) => visit.explanation(now) ?? [])
  return { layers, notes: note === undefined ? [] : [note] }
}

function failedText(error: unknown): string {
  return `The application has failed: ${error instanceof Error ? error.message : 'it threw no Error'}.`
}

/** One request on trial, from its beginning to the moment at which all is known. */
class Question {
  readonly visits: LayerVisit[] = []
  readonly #asked: AskedRequest
  #hasHead = false
  #settle: (note?: string) => void = () => {}

  constructor(asked: AskedRequest) {
    this.#asked = asked
  }

  /** @returns why there is no answer; undefined: there is one */
  async ask(app: RequestListener): Promise<string | undefined> {
    const answer = new Promise<string | undefined>((resolve) => {
      this.#settle = resolve
    })
    const late = setTimeout(
      () => this.#settle(`The application did not answer within ${PATIENCE_MS / 1000} s.`),
      PATIENCE_MS,
    )
    const end = this.#send(app)
    try {
      return await answer
    } finally {
      clearTimeout(late)
      end()
    }
  }

  #send(app: RequestListener): () => void {
    const { url, method, headers } = this.#asked
    const own = ownRequest('trial')
    takeOnTrial(own, (arrived) => this.#visit(arrived))
    const from = { remoteAddress: '127.0.0.1', encrypted: url.protocol === 'https:' }
    const connection = connectInMemory(createServer(this.#guarded(app)), from, own)
    const fields = Object.entries({ host: url.host, ...headers }).filter(([name]) => !left.test(name))
    const outgoing = request({
      method,
      path: url.pathname + url.search,
      headers: Object.fromEntries(fields),
      setHost: false,
      createConnection: () => connection,
    })
    const failed = (error: Error): void =>
      this.#settleSoon(`The application broke the connection off: ${error.message}.`)
    outgoing.on('error', failed).once('response', (res) => this.#answered(res))
    connection.on('error', failed)
    outgoing.end()
    return () => connection.destroy()
  }

  /** An application that throws where no server of its own would survive it is no fault of ours. */
  #guarded(app: RequestListener): RequestListener {
    return (req, res) => {
      try {
        const answer: unknown = app(req, res)
        if (isPromise(answer)) answer.catch((error: unknown) => this.#settle(failedText(error)))
      } catch (error) {
        this.#settle(failedText(error))
      }
    }
  }

  #visit(arrived: ArrivedRequest): unknown {
    const visit = new LayerVisit(arrived, () => this.#check())
    this.visits.push(visit)
    return visit.run().catch((error: unknown) => this.#settle(failedText(error)))
  }

  #answered(res: IncomingMessage): void {
    this.#hasHead = true
    this.#check()
    res.on('error', () => {}).once('end', () => this.#settleSoon())
    res.resume()
  }

  /** Settles behind whatever the end of the response has to tell the layers. */
  #settleSoon(note?: string, turns = 4): void {
    if (turns === 0) this.#settle(note)
    else setImmediate(() => this.#settleSoon(note, turns - 1))
  }

  /** A stream of events has no end: its head says all. */
  #check(): void {
    if (this.#hasHead && this.visits.every(({ isOpen }) => !isOpen)) this.#settle()
  }
}
