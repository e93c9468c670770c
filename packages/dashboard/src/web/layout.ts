import { fill, h, say } from './parts/dom.js'
import type { Model } from './parts/model.js'
import type { OpenPage, PageDefinition } from './parts/page.js'

const connections = { live: 'Live', polling: 'Every 2 s', lost: 'No answer' } as const

/** The frame around the pages: their names, the connection, and the page that is open. */
export function openLayout(root: HTMLElement, model: Model, pages: readonly PageDefinition[]): void {
  const main = h('main', { id: 'main', tabindex: -1 })
  const links = pages.map(({ name, title }) => h('a', { href: `#/${name}` }, title))
  const status = h('p.status', { role: 'status' })
  const skip = h(
    'a.skip',
    {
      href: '#main',
      click: (event) => {
        event.preventDefault()
        main.focus()
      },
    },
    'To the content',
  )
  fill(
    root,
    skip,
    h(
      'header',
      {},
      h('p.brand', {}, h('span.mark', { 'aria-hidden': 'true' }), 'sitecache'),
      h('nav', { 'aria-label': 'Pages' }, ...links),
      status,
    ),
    main,
  )
  let open: OpenPage | undefined
  const show = (): void => {
    const { name, query } = placeOf(location.hash)
    const page = pages.find((it) => it.name === name) ?? pages[0]
    if (page === undefined) return
    open?.close?.()
    open = page.open(model, query)
    fill(main, open.element)
    open.update()
    document.title = `${page.title} – sitecache`
    for (const [i, link] of links.entries()) {
      if (pages[i] === page) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    links[pages.indexOf(page)]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    window.scrollTo(0, 0)
  }
  const drawStatus = (): void => {
    const { connection, processes } = model
    status.dataset.connection = connection
    say(status, `${connections[connection]} · ${processes === 1 ? '1 process' : `${processes} processes`}`)
  }
  window.addEventListener('hashchange', show)
  model.onChange(() => {
    drawStatus()
    // A page that nobody sees need not be drawn.
    if (!document.hidden) open?.update()
  })
  document.addEventListener('visibilitychange', () => open?.update())
  drawStatus()
  show()
}

function placeOf(hash: string): { readonly name: string; readonly query: URLSearchParams } {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return { name: path, query: new URLSearchParams(query) }
}
