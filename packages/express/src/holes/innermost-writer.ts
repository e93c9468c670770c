import type { ServerResponse } from 'node:http'

type Method = (...args: unknown[]) => unknown
type Name = 'writeHead' | 'write' | 'end'

/** The methods of a response at the time when they were taken over. */
export type Taken = Readonly<Record<Name, Method>>

/**
 * The way into a response for its handler, kept open for one who wants to stand nearest to it, behind whatever is put on until then.
 *
 * Putting it there when it is wanted would be too late: of `res.end(page())` the method is looked up before `page()` says that it
 * is wanted. So what is looked up here asks, when it is called, whether somebody has come between.
 */
export class InnermostWriter {
  readonly #gates: Readonly<Record<Name, MethodHook>>

  constructor(res: ServerResponse) {
    this.#gates = {
      writeHead: new MethodHook(res, 'writeHead'),
      write: new MethodHook(res, 'write'),
      end: new MethodHook(res, 'end'),
    }
  }

  /** Puts methods between the handler and all that stands there. Answers what they stand in front of. */
  take(methods: Taken): Taken {
    const { writeHead, write, end } = this.#gates
    return {
      writeHead: writeHead.take(methods.writeHead),
      write: write.take(methods.write),
      end: end.take(methods.end),
    }
  }
}

/** One method of a response: what middlewares put in its place is seen as it is set. */
class MethodHook {
  readonly #res: ServerResponse
  readonly #name: Name
  #current: Method
  #shown: Method
  /** The one that was nearest to the handler, and who stands in front of it now. */
  #taken: { readonly from: Method; readonly by: Method } | undefined

  constructor(res: ServerResponse, name: Name) {
    this.#res = res
    this.#name = name
    this.#current = res[name] as Method
    this.#shown = this.#show(this.#current)
    Object.defineProperty(res, name, {
      configurable: true,
      enumerable: true,
      get: () => this.#shown,
      set: (method: Method) => this.#set(method),
    })
  }

  take(by: Method): Method {
    const from = this.#current
    this.#taken = { from, by }
    Reflect.set(this.#res, this.#name, by)
    return from
  }

  #set(method: Method): void {
    this.#current = method
    this.#shown = this.#show(method)
  }

  #show(method: Method): Method {
    const gate = this
    return function (this: unknown, ...args: unknown[]) {
      const taken = gate.#taken
      return Reflect.apply(taken !== undefined && taken.from === method ? taken.by : method, this, args)
    }
  }
}
