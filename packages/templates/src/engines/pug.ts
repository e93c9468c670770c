import { type FragmentsOptions, parseFragmentsOptions } from '../fragment-cache.js'
import { inPasses, type RenderCallback, tagInPass, type ViewEngine } from '../passes.js'
import { withCacheBlocks } from '../pug-tree.js'

/** The part of Pug that is used. */
export interface PugLike {
  renderFile(path: string, options: object): string
}

/** Access to Pug's output variable, for the code of `+cache`. */
interface Output {
  read(): string
  put(html: string): void
}

/**
 * Makes an engine of Express in whose templates `+cache(timeout, name, …varyOn)(using='…')` caches
 * the block below it.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.engine('pug', pugFragments(pug, { caches }))
 */
export function pugFragments(pug: PugLike, options: FragmentsOptions = {}): ViewEngine {
  const caches = parseFragmentsOptions(options, 'pugFragments()')
  const plugin = { preCodeGen: withCacheBlocks }

  function sitecacheFragment(
    positional: readonly unknown[],
    named: Readonly<Record<string, unknown>>,
    output: Output,
    block: () => void,
  ): void {
    const before = output.read()
    const written = (): string => {
      output.put('')
      block()
      return output.read()
    }
    output.put(before + tagInPass({ positional, named }, caches, written))
  }

  return function pugInPasses(
    path: string,
    given: { plugins?: readonly object[] },
    callback: RenderCallback,
  ): void {
    const plugins = [...(given.plugins ?? []), plugin]
    inPasses((done) => {
      let output: string
      try {
        output = pug.renderFile(path, { ...given, plugins, sitecacheFragment })
      } catch (error) {
        return done(error)
      }
      done(null, output)
    }, callback)
  }
}
