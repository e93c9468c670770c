import type { Caches } from '@sitecache/core'
import {
  type Context,
  type Emitter,
  evalToken,
  type Liquid,
  type Parser,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
  toPromise,
} from 'liquidjs'
import { report } from '../fragment.js'
import { type FragmentsOptions, parseFragmentsOptions } from '../fragment-cache.js'
import { lookUp } from '../look-up.js'
import { warnOfNoWaiting } from '../passes.js'
import type { RenderedFragment } from '../rendered-fragment.js'
import { readTag } from '../tag.js'
import { applyEffects, recordEffects } from './liquid-effects.js'

type ValueToken = Parameters<typeof evalToken>[0]

/**
 * Adds `{% cache timeout name …varyOn using:"…" %}…{% endcache %}` to an engine, which it returns.
 * The name is a word or a quoted text, as in Django; the rest are values. Works with Express by
 * `app.engine('liquid', engine.express())`.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.engine('liquid', liquidFragments(new Liquid(), { caches }).express())
 */
export function liquidFragments(engine: Liquid, options: FragmentsOptions = {}): Liquid {
  const caches = parseFragmentsOptions(options, 'liquidFragments()')
  engine.registerTag('cache', cacheTag(caches))
  return engine
}

function cacheTag(caches: Caches) {
  return class CacheTag extends Tag {
    readonly #timeout: ValueToken
    readonly #name: string
    readonly #varyOn: ValueToken[] = []
    readonly #named = new Map<string, ValueToken>()
    readonly #templates: Template[] = []

    constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
      super(token, remainTokens, liquid)
      const { tokenizer } = this
      this.#timeout = tokenizer.readValueOrThrow()
      tokenizer.skipBlank()
      if (tokenizer.peek() === ',') tokenizer.advance()
      const quoted = tokenizer.readQuoted()
      this.#name = quoted?.content ?? tokenizer.readIdentifier().content
      tokenizer.assert(this.#name !== '', 'a fragment needs a name: {% cache timeout name %}')
      this.#readRest()
      const stream = parser
        .parseStream(remainTokens)
        .on('template', (template: Template) => void this.#templates.push(template))
        .on('tag:endcache', () => void stream.stop())
        .on('end', () => {
          throw new Error(`tag ${token.getText()} not closed`)
        })
      stream.start()
    }

    #readRest(): void {
      const { tokenizer } = this
      for (;;) {
        tokenizer.skipBlank()
        if (tokenizer.peek() === ',') tokenizer.advance()
        tokenizer.skipBlank()
        if (tokenizer.end()) return
        const [, option] = /^([A-Za-z]\w*)\s*:/.exec(tokenizer.remaining()) ?? []
        if (option === undefined) {
          this.#varyOn.push(tokenizer.readValueOrThrow())
        } else {
          tokenizer.readIdentifier()
          tokenizer.readTo(':')
          this.#named.set(option, tokenizer.readValueOrThrow())
        }
      }
    }

    override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
      const positional: unknown[] = [yield evalToken(this.#timeout, context), this.#name]
      for (const value of this.#varyOn) positional.push(yield evalToken(value, context))
      const named: Record<string, unknown> = {}
      for (const [option, value] of this.#named) named[option] = yield evalToken(value, context)
      const { cache, fragment } = readTag({ positional, named }, caches)
      const body = () => this.liquid.renderer.renderTemplates(this.#templates, context)
      if (context.sync) {
        warnOfNoWaiting()
        emitter.write(yield body())
        return
      }
      const render = () => recordEffects(context, () => toPromise(body()))
      const rendered = yield lookUp(cache, fragment, render)
      // Of a generator: what is yielded comes back without its type.
      emitter.write(writeFragment(context, rendered as RenderedFragment))
    }
  }
}

/** Does again what the block did to the template, and returns its text. */
function writeFragment(context: Context, rendered: RenderedFragment): string {
  applyEffects(context, rendered.effects)
  return report(rendered)
}
