import { AnswerError, post } from './client.js'
import { fill, h } from './dom.js'
import type { Model } from './model.js'

/** Line in which it is told what came of an action. */
export function makeNotice() {
  const element = h('p.notice', { role: 'status' })
  return {
    element,
    say(text: string, isBad = false): void {
      element.classList.toggle('bad', isBad)
      fill(element, text)
    },
  }
}

/** Runs an action, and tells what came of it. */
export async function act(
  model: Model,
  notice: ReturnType<typeof makeNotice>,
  path: string,
  fields: object,
): Promise<void> {
  notice.say('…')
  try {
    const { said } = await post<{ said: string }>(path, model.session.token, fields)
    notice.say(said)
  } catch (error) {
    notice.say(messageOf(error), true)
  }
}

export function messageOf(error: unknown): string {
  return error instanceof AnswerError ? error.message : 'The server does not answer.'
}

/** A button, left out where the dashboard is read-only. */
export function actionButton(
  model: Model,
  label: string,
  run: () => void,
  kind = '',
): HTMLElement | undefined {
  if (model.session.readOnly) return undefined
  const button = h('button', { type: 'button', click: run }, label)
  if (kind !== '') button.className = kind
  return button
}
