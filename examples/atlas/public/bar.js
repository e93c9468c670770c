/**
 * The bar on each page: how this response came about, from Server-Timing, and what the site says of itself. Nothing of it is in the
 * stored page but empty elements. No inline script or style, no innerHTML.
 */
const bar = document.querySelector('.bar')
const REFRESH_MS = 2000
/** Field names that choose among the pages of a URL, as the bar says it. */
const CHOOSERS = {
  'accept-language': 'whose language is the same',
  'accept-encoding': 'whose browser takes the same compression',
  cookie: 'with the same cookies, which is this visitor alone',
  authorization: 'with the same credentials',
}

/** What Server-Timing tells of this page's response: the milliseconds it took, and some of its fields. */
function responseOf([entry] = performance.getEntriesByType('navigation')) {
  const told = Object.fromEntries(
    (entry?.serverTiming ?? []).map(({ name, description }) => [name, description]),
  )
  const total = entry?.serverTiming?.find(({ name }) => name === 'total')
  const { status = '', vary = '', control = '' } = told
  // 0 bytes over the network: the browser had the page itself.
  const isOwnCopy = total !== undefined && entry.transferSize === 0
  return { took: total?.duration, status, vary, control, isOwnCopy }
}

function resultOf({ status, isOwnCopy, took }) {
  if (took === undefined) return 'unknown'
  if (isOwnCopy) return 'browser'
  if (/;\s*hit\b/.test(status)) return /ttl=-/.test(status) ? 'stale' : 'hit'
  if (/;\s*collapsed\b/.test(status)) return 'collapsed'
  if (/;\s*stored\b/.test(status)) return 'miss'
  return status === '' || /fwd=(bypass|method)/.test(status) ? 'bypass' : 'not stored'
}

function summaryOf(result, { took, status }, { cost, age }) {
  const made = `${milliseconds(cost)} to render`
  switch (result) {
    case 'hit':
    case 'stale':
    case 'collapsed':
      return `${milliseconds(took)} instead of ${milliseconds(cost)}${factorOf(cost, took)} · ${age} s old`
    case 'miss':
      return `${made}; the next visitor gets it from the cache`
    case 'browser':
      return `your browser had it · ${made}`
    case 'unknown':
      return `${made}; your browser doesn't tell more`
    default:
      return `${made}, each time${reasonOf(status)}`
  }
}

/** What the foot of the page says: the milliseconds that it took to render, and its age in seconds. */
function pageMade() {
  const cost = Number(document.querySelector('.cost')?.value ?? 0)
  const at = Date.parse(document.querySelector('.made')?.dateTime ?? '') || Date.now()
  return { cost, age: Math.max(0, Math.round((Date.now() - at) / 1000)) }
}

function factorOf(cost, took) {
  const factor = Math.round(cost / Math.max(took, 0.01))
  return factor >= 2 ? ` · ${factor} times as fast` : ''
}

function reasonOf(status) {
  const reason = /detail=([\w-]+)/.exec(status)?.[1]
  return reason === undefined ? '' : ` (${reason})`
}

function sharersOf(result, { vary, control }) {
  if (result === 'bypass' || result === 'not stored') return 'nobody: it is not stored'
  if (document.querySelector('.hole') !== null)
    return 'everybody in this language. The part with a dashed frame is a hole: it is written for each visitor'
  if (/private/.test(control)) return 'nobody: it is this visitor’s own'
  const choosers = vary
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const all = choosers.map((name) => CHOOSERS[name] ?? `with the same ${name}`)
  return all.length === 0 ? 'everybody' : `all visitors ${all.join(' and ')}`
}

function milliseconds(value) {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
}

function show(name, text) {
  const element = bar.querySelector(`[data-bar="${name}"]`)
  if (element.textContent !== text) element.textContent = text
}

function showPage() {
  const response = responseOf()
  const result = resultOf(response)
  bar.dataset.result = result
  show('result', result)
  show('summary', summaryOf(result, response, pageMade()))
  show('sharers', sharersOf(result, response))
  show('status', response.status || '–')
  bar.querySelector('details').open = matchMedia('(min-width: 60rem)').matches
  bar.hidden = false
}

/** What the site said last. */
let state = { visitor: null, store: null }

async function showState() {
  const response = await fetch('/bar/state').catch(() => undefined)
  if (response?.ok !== true) return show('message', 'The site does not answer.')
  state = await response.json()
  const { visitor, store, requests, served, savedMs } = state
  const share = requests === 0 ? 0 : Math.round((100 * served) / requests)
  show(
    'figures',
    `${requests} requests, ${share} % from the cache, ${(savedMs / 1000).toFixed(1)} s of rendering saved`,
  )
  buttonOf('visitor').textContent = visitor === null ? 'Sign in' : `Sign out ${visitor}`
  buttonOf('store').textContent = store === 'stopped' ? 'Start the store' : 'Stop the store'
  buttonOf('store').hidden = store === null
  buttonOf('purge').disabled = store === 'stopped'
  bar.dataset.store = String(store)
  show('message', store === 'stopped' ? 'The store is stopped: the site goes on, and renders each page.' : '')
}

function buttonOf(order) {
  return bar.querySelector(`[data-order="${order}"]`)
}

const orders = {
  reload: () => location.reload(),
  purge: () => send('purge', { path: location.pathname + location.search }),
  visitor: () => send('visitor', { signedIn: state.visitor === null }),
  store: async () => {
    const running = state.store === 'stopped'
    await send('store', { running }, running ? untilRunning : undefined)
  },
}

/** A store that was started is tried again within a moment. */
async function untilRunning() {
  for (let tries = 0; tries < 20; tries += 1) {
    await showState()
    if (state.store === 'running') return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Sends an order, and then loads the page anew, to show what has become of it. */
async function send(name, body, then = async () => {}) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`/bar/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (response.ok) {
    await then()
    return location.reload()
  }
  const { message = `Status ${response.status}` } = await response.json().catch(() => ({}))
  show('message', message)
}

bar.addEventListener('click', ({ target }) => {
  const order = target.closest('[data-order]')?.dataset.order
  if (order !== undefined)
    Promise.resolve(orders[order]()).catch(() => show('message', 'The site does not answer.'))
})

showPage()
await showState()
setInterval(() => document.hidden || showState(), REFRESH_MS)
