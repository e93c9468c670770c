import type { ServerResponse } from 'node:http'

type Method = (...args: unknown[]) => unknown
type Name = 'writeHead' | 'write' | 'end'

/** Methods of a response at the time when they were taken over. */
export type Taken = Readonly<Record<Name, Method>>

/**
 * Lets HoleFilling become the innermost wrapper of writeHead, write and end, after all middlewares
 * have wrapped them. It can't wrap on demand: in `res.end(page())` `end` is looked up before
 * `page()` marks the first hole. So each method is a trampoline that checks, when called, whether
 * HoleFilling is installed.
 */
export class InnermostWriter {
  readonly #hooks: Readonly<Record<Name, MethodHook>>

  constructor(res: ServerResponse) {
    this.#hooks = {
      writeHead: new MethodHook(res, 'writeHead'),
      write: new MethodHook(res, 'write'),
      end: new MethodHook(res, 'end'),
    }
  }

  /** Puts methods between the handler and all other wrappers. Returns the methods behind them. */
  take(methods: Taken): Taken {
    const { writeHead, write, end } = this.#hooks
    return {
      writeHead: writeHead.take(methods.writeHead),
      write: write.take(methods.write),
      end: end.take(methods.end),
    }
  }
}

/** Trampoline of one method of a response: notices a method that a middleware sets in its place. */
class MethodHook {
  readonly #res: ServerResponse
  readonly #name: Name
  #current: Method
  #shown: Method
  /** Method that was nearest to the handler, and the one installed in front of it. */
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
    const hook = this
    return function (this: unknown, ...args: unknown[]) {
      const taken = hook.#taken
      return Reflect.apply(taken !== undefined && taken.from === method ? taken.by : method, this, args)
    }
  }
}
