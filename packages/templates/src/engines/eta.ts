import { type FragmentHelper, fragmentHelper } from '../fragment.js'
import type { FragmentsOptions } from '../fragment-cache.js'
import type { RenderCallback, ViewEngine } from '../passes.js'
import { RenderTurns } from '../render-turns.js'

/** The part of Eta that is used. */
export interface EtaLike {
  readonly readFile: ((path: string) => string) | null
  compile(template: string, options: { readonly async: boolean; readonly filepath: string }): unknown
  renderAsync(template: never, data: object, meta: { readonly filepath: string }): Promise<string>
}

/**
 * Makes an engine of Express with `await it.fragment(timeout, name, varyOn, render)` in its
 * templates. `render` is `() => includeAsync('…')`, or `() => captureAsync(async () => { %>…<% })`
 * for a block.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.engine('eta', etaFragments(new Eta({ views: 'views' }), { caches }))
 */
export function etaFragments(eta: EtaLike, options: FragmentsOptions = {}): ViewEngine {
  const helper = fragmentHelper(options)
  const compiled = new Map<string, unknown>()

  function compile(path: string, cache: boolean): unknown {
    const known = cache ? compiled.get(path) : undefined
    if (known !== undefined) return known
    const template = eta.compile(eta.readFile?.(path) ?? '', { async: true, filepath: path })
    if (cache) compiled.set(path, template)
    return template
  }

  return function etaWithFragments(
    path: string,
    given: { readonly cache?: boolean },
    callback: RenderCallback,
  ): void {
    const turns = new RenderTurns()
    const fragment = (...args: Parameters<FragmentHelper>) => turns.run(() => helper(...args))
    const render = async () => {
      const template = compile(path, given.cache === true)
      return eta.renderAsync(template as never, { ...given, fragment }, { filepath: path })
    }
    render().then(
      (output) => process.nextTick(callback, null, output),
      (error: unknown) => process.nextTick(callback, error),
    )
  }
}
