import { isbot } from 'isbot'
import { hashOf } from './hashing.js'

/** User agents that are remembered; where there are more, it begins anew. */
const MOST = 2000

/**
 * Tells robots and monitors by their User-Agent. The verdict on each is remembered under its salted
 * hash: a look at the patterns takes four times as long.
 */
export class RobotAgents {
  readonly #known = new Map<number, boolean>()

  has(agent: string): boolean {
    const hash = hashOf(agent)
    const known = this.#known.get(hash)
    if (known !== undefined) return known
    const verdict = isbot(agent)
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(hash, verdict)
    return verdict
  }
}
