import { openLayout } from './layout.js'
import { doctor } from './pages/doctor.js'
import { live } from './pages/live.js'
import { overview } from './pages/overview.js'
import { page } from './pages/page.js'
import { reasons } from './pages/reasons.js'
import { routes } from './pages/routes.js'
import { stores } from './pages/stores.js'
import { tags } from './pages/tags.js'
import { values } from './pages/values.js'
import { messageOf } from './parts/actions.js'
import { getSession, getState, listen } from './parts/client.js'
import { fill, h } from './parts/dom.js'
import { Model } from './parts/model.js'

/** Milliseconds between two readings of what the stream does not tell. */
const STATE_MS = 5000

async function start(root: HTMLElement): Promise<void> {
  const [session, state] = await Promise.all([getSession(), getState()])
  const model = new Model(session, state)
  const optional = session.pages.includes('doctor') ? [doctor] : []
  openLayout(root, model, [overview, routes, reasons, page, tags, stores, values, ...optional, live])
  const poll = async (): Promise<void> => model.replace(await getState())
  listen(
    { tick: (tick) => model.tick(tick), connection: (connection) => model.setConnection(connection) },
    poll,
  )
  window.setInterval(() => {
    if (model.connection === 'live' && !document.hidden) void poll().catch(() => undefined)
  }, STATE_MS)
}

const root = document.getElementById('app')
if (root !== null)
  start(root).catch((error: unknown) => {
    fill(root, h('p.failure', {}, messageOf(error), ' ', h('a', { href: '' }, 'Try again')))
  })
