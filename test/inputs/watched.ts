import type { IncomingMessage, ServerResponse } from 'node:http'
import { inputRules } from '@sitecache/http'
import type { InputsWatch } from '../../packages/express/src/inputs/inputs-watch.js'
import { RequestInputs } from '../../packages/express/src/inputs/request-inputs.js'
import { watchInputs } from '../../packages/express/src/inputs/watch-inputs.js'

/** The watch of one request, below its middlewares. */
export class Watched {
  readonly headers: IncomingMessage['headers']
  readonly #watch: InputsWatch

  constructor(req: IncomingMessage, res: ServerResponse) {
    const rules = inputRules()
    this.headers = { ...req.headers }
    const inputs = new RequestInputs(req, res, { rules })
    this.#watch = watchInputs(req, res, inputs, { place: 'below', known: [] })
  }

  /** Returns what was noted, in the order of the alphabet. */
  get read(): string[] {
    const { names, address, unseen } = this.#watch
    return [...names, ...(address ? ['address'] : []), ...(unseen ? ['copy'] : [])].sort()
  }

  stop(): void {
    this.#watch.stop()
  }
}
