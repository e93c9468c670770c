import type { Explanation } from '@sitecache/express'
import { act, actionButton, makeNotice, messageOf } from '../parts/actions.js'
import { post } from '../parts/client.js'
import { fill, h } from '../parts/dom.js'
import { explanationPanels } from '../parts/explanation.js'
import { cacheSelect, type OpenPage, oneOfProcesses, type PageDefinition, panel } from '../parts/page.js'

/** Looks up a page by its URL: tells what would become of it, purges it, has it rendered anew. */
export const page: PageDefinition = {
  name: 'page',
  title: 'Page',
  open(model, query): OpenPage {
    const url = h('input', {
      name: 'url',
      required: true,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: '/articles/17',
      value: query.get('url') ?? undefined,
    })
    const headers = h('textarea', {
      name: 'headers',
      rows: 2,
      spellcheck: 'false',
      placeholder: 'Accept-Language: fr',
    })
    const cache = cacheSelect(model)
    const notice = makeNotice()
    const found = h('div.stack', { 'aria-live': 'polite' })
    const lookUp = async (): Promise<void> => {
      if (!form.reportValidity()) return
      try {
        const fields = { target: url.value, headers: headersIn(headers.value), cache: cache.value() }
        fill(found, explanationPanels(await post<Explanation>('api/explain', model.session.token, fields)))
        notice.say('')
      } catch (error) {
        fill(found)
        notice.say(messageOf(error), true)
      }
    }
    const run = async (path: string, fields: object): Promise<void> => {
      if (!form.reportValidity()) return
      await act(model, notice, path, { target: url.value, cache: cache.value(), ...fields })
    }
    const submit = (event: Event): void => {
      event.preventDefault()
      void lookUp()
    }
    const form = h(
      'form.fields',
      { submit },
      h('label.field.grow', {}, h('span', {}, 'URL, or a path'), url),
      cache.element,
      h('label.field.whole', {}, h('span', {}, 'Headers, one a line'), headers),
      h(
        'div.buttons',
        {},
        h('button.primary', { type: 'submit' }, 'Explain'),
        actionButton(model, 'Refresh now', () => void run('api/refresh', {})),
        actionButton(model, 'Soft purge', () => void run('api/purge', { by: 'url', soft: true })),
        actionButton(model, 'Purge', () => void run('api/purge', { by: 'url' }), 'danger'),
      ),
    )
    if (url.value !== '') queueMicrotask(() => void lookUp())
    const note = oneOfProcesses(model, 'Hits, last responses and what splits pages are')
    const lead = h(
      'p.lead',
      {},
      'Asks the application itself, in the process that answers; nothing is stored or counted. A path is purged on every host.',
    )
    const element = h(
      'div.page',
      {},
      h('h1', {}, 'Page'),
      lead,
      note.element,
      panel('One page', form, notice.element),
      found,
    )
    return { element, update: note.update }
  },
}

function headersIn(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line))
  return Object.fromEntries(
    lines.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])),
  )
}
