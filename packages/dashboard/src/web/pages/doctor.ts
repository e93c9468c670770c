import { messageOf } from '../parts/actions.js'
import { get } from '../parts/client.js'
import { fill, h } from '../parts/dom.js'
import { countText, spanText } from '../parts/format.js'
import { type OpenPage, oneOfProcesses, type PageDefinition } from '../parts/page.js'

/** A finding, as the server tells it. */
interface ToldFinding {
  readonly rule: string
  readonly title: string
  readonly route?: string
  readonly evidence: string
  readonly estimate: { readonly requestsPerHour: number; readonly secondsPerHour: number }
  readonly fix: { readonly text: string; readonly code: string }
}

/** Changes that would make more requests hits, with how many, and how. */
export const doctor: PageDefinition = {
  name: 'doctor',
  title: 'Doctor',
  open(model): OpenPage {
    const note = oneOfProcesses(model, 'Findings are')
    const list = h('div.stack', { 'aria-live': 'polite' }, h('p.empty', {}, 'Looking …'))
    const look = async (): Promise<void> => {
      try {
        const { findings } = await get<{ findings: readonly ToldFinding[] }>('api/doctor')
        fill(
          list,
          findings.length === 0
            ? h('p.empty', {}, 'Nothing is found that would make more requests hits.')
            : findings.map(findingPanel),
        )
      } catch (error) {
        fill(list, h('p.notice.bad', {}, messageOf(error)))
      }
    }
    void look()
    const element = h(
      'div.page',
      {},
      h(
        'div.heading',
        {},
        h('h1', {}, 'Doctor'),
        h('div.buttons', {}, h('button', { type: 'button', click: () => void look() }, 'Look again')),
      ),
      h(
        'p.lead',
        {},
        'From a sample of the last requests to the process that has answered; the estimate is what the fix would bring in an hour.',
      ),
      note.element,
      list,
    )
    return { element, update: note.update }
  },
}

function findingPanel({ title, route, evidence, estimate, fix }: ToldFinding): HTMLElement {
  return h(
    'section.panel.finding',
    {},
    h('div.heading', {}, h('h2', {}, title, route === undefined ? undefined : [' ', h('code', {}, route)])),
    h('p', {}, evidence),
    h(
      'dl.facts',
      {},
      h('div', {}, h('dt', {}, 'More hits an hour'), h('dd', {}, countText(estimate.requestsPerHour))),
      h('div', {}, h('dt', {}, 'Time saved an hour'), h('dd', {}, spanText(estimate.secondsPerHour))),
    ),
    h('p.means', {}, fix.text),
    h('pre', {}, h('code', {}, fix.code)),
  )
}
