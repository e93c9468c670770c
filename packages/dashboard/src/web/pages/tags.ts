import type { PurgeFigures } from '../../shared/state.js'
import { act, actionButton, makeNotice, messageOf } from '../parts/actions.js'
import { post } from '../parts/client.js'
import { h } from '../parts/dom.js'
import { agoText, timeText } from '../parts/format.js'
import { cacheSelect, type OpenPage, type PageDefinition, panel } from '../parts/page.js'

/** Looks up a tag by its name, and purges it. Stores can't list tags. */
export const tags: PageDefinition = {
  name: 'tags',
  title: 'Tags',
  open(model): OpenPage {
    const input = h('input', {
      name: 'tag',
      required: true,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'article:17',
    })
    const cache = cacheSelect(model)
    const [found, notice] = [makeNotice(), makeNotice()]
    const look = async (): Promise<void> => {
      if (!form.reportValidity()) return
      try {
        const fields = { tag: input.value, cache: cache.value() }
        const { last } = await post<{ last?: Pick<PurgeFigures, 'at' | 'mode'> }>(
          'api/tag',
          model.session.token,
          fields,
        )
        found.say(
          last === undefined
            ? 'These processes remember no invalidation of this tag.'
            : `Last invalidated ${agoText(last.at, Date.now())}, at ${timeText(last.at)}: ${last.mode}.`,
        )
      } catch (error) {
        found.say(messageOf(error), true)
      }
    }
    const purge = async (soft: boolean): Promise<void> => {
      if (!form.reportValidity()) return
      await act(model, notice, 'api/purge', { by: 'tag', target: input.value, cache: cache.value(), soft })
      await look()
    }
    const submit = (event: Event): void => {
      event.preventDefault()
      void look()
    }
    const form = h(
      'form.fields',
      { submit },
      h('label.field.grow', {}, h('span', {}, 'Tag'), input),
      cache.element,
      h(
        'div.buttons',
        {},
        h('button.primary', { type: 'submit' }, 'Look up'),
        actionButton(model, 'Soft purge', () => void purge(true)),
        actionButton(model, 'Purge', () => void purge(false), 'danger'),
      ),
    )
    const element = h(
      'div.page',
      {},
      h('h1', {}, 'Tags'),
      h(
        'p.lead',
        {},
        'Everything that was stored with a tag is dropped at once, or marked as stale by a soft purge: the next visitor may then still get it, while it is rendered anew.',
      ),
      panel('One tag', form, found.element, notice.element),
    )
    return { element, update: () => undefined }
  },
}
