import { act, actionButton, makeNotice } from '../parts/actions.js'
import { h } from '../parts/dom.js'
import { cacheSelect, type OpenPage, type PageDefinition, panel } from '../parts/page.js'

/** Looks up a page by its URL, purges it, or has it rendered anew. */
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
    const cache = cacheSelect(model)
    const notice = makeNotice()
    const run = (path: string, fields: object): void => {
      if (form.reportValidity())
        void act(model, notice, path, { target: url.value, cache: cache.value(), ...fields })
    }
    const form = h(
      'form.fields',
      { submit: (event) => event.preventDefault() },
      h('label.field.grow', {}, h('span', {}, 'URL, or a path on every host'), url),
      cache.element,
      h(
        'div.buttons',
        {},
        actionButton(model, 'Refresh now', () => run('api/refresh', {})),
        actionButton(model, 'Soft purge', () => run('api/purge', { by: 'url', soft: true })),
        actionButton(model, 'Purge', () => run('api/purge', { by: 'url' }), 'danger'),
      ),
    )
    const element = h('div.page', {}, h('h1', {}, 'Page'), panel('One page', form, notice.element))
    return { element, update: () => undefined }
  },
}
