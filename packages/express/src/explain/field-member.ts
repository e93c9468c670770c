import type { LayerExplanation } from './explanation.js'

/** Characters of one parameter: clients refuse heads of more than 16 KiB. */
const MAX_TEXT = 300

/**
 * Formats the explanation of a layer as one member of a list (RFC 9651): the words of Cache-Status,
 * and no value of any request.
 *
 * @param name of the layer, as in Cache-Status
 */
export function fieldMember(name: string, explained: LayerExplanation): string {
  const { wouldDo, key, dependsOn, stored, page, last, lifetime, findings } = explained
  const [finding] = findings
  const parameters: Readonly<Record<string, string | number | null | undefined>> = {
    action: wouldDo.action,
    fwd: wouldDo.forward,
    reason: wouldDo.reason,
    last: last?.reason ?? (last === undefined ? undefined : 'stored'),
    variants: stored.variants,
    max: stored.max,
    ttl: page?.ttl,
    age: page?.age,
    lifetime: lifetime?.seconds,
    source: lifetime?.source,
    policy: explained.policy,
    key: key === undefined ? undefined : quoted(key.hash),
    depends: dependsOn.length === 0 ? undefined : quoted(dependsOn.map((one) => one.name).join(' ')),
    store: stored.failure === undefined ? undefined : quoted('failed'),
    remedy: finding === undefined ? undefined : quoted(finding.code),
  }
  const shown = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null)
  return [name, ...shown.map(([parameter, value]) => `${parameter}=${value}`)].join('; ')
}

/** RFC 9651 §3.3.3: a string. */
function quoted(text: string): string {
  const plain = text.slice(0, MAX_TEXT).replace(/[^\x20-\x7e]/g, '?')
  return `"${plain.replace(/["\\]/g, '\\$&')}"`
}
