import { NONE, OTHER } from '@sitecache/metrics/internal'

/** Bytes of bodies by cache and route, of as many routes as have numbers of their own elsewhere. */
export class RouteBytes {
  readonly #maxRoutes: number
  readonly #caches = new Map<string, Map<string, number>>()

  constructor(maxRoutes: number) {
    this.#maxRoutes = maxRoutes
  }

  add(cache: string, route = NONE, bytes = 0): void {
    const routes = this.#caches.get(cache) ?? new Map<string, number>()
    this.#caches.set(cache, routes)
    const name = routes.has(route) || routes.size < this.#maxRoutes ? route : OTHER
    routes.set(name, (routes.get(name) ?? 0) + bytes)
  }

  of(cache: string, route: string): number {
    return this.#caches.get(cache)?.get(route) ?? 0
  }
}
