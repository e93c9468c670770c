import type { Finding } from '@sitecache/doctor'

/** Length of a replay, which goes faster than visitors do. */
export interface ReplayLength {
  readonly lookUps: number
  readonly hours: number
}

/**
 * Formats findings for people.
 *
 * @param replay whose look-ups the estimates are told of. @default they are told by the hour
 */
export function findingLines(findings: readonly Finding[], replay?: ReplayLength): string[] {
  return findings.flatMap((finding, i) => {
    const { rule, title, route, evidence, fix } = finding
    const about = route === undefined ? '' : `  ${route}`
    return [
      `${i + 1}. ${title}${about}`,
      `   ${evidence}`,
      `   ${replay === undefined ? estimateLine(finding) : replayLine(finding, replay)}`,
      `   ${fix.text}`,
      ...fix.code.split('\n').map((line) => `     ${line}`),
      `   (${rule})`,
      '',
    ]
  })
}

function replayLine({ estimate }: Finding, { lookUps, hours }: ReplayLength): string {
  const hits = Math.round(estimate.requestsPerHour * hours)
  const seconds = (estimate.secondsPerHour * hours).toFixed(1)
  if (hits === 0)
    return seconds === '0.0' ? 'Brings no hits.' : `Brings no hits; spares ${seconds} s of work.`
  if (hits < 0) return `Costs about ${-hits} hits, of ${lookUps} look-ups; spares ${seconds} s of work.`
  return `Brings about ${hits} hits more, of ${lookUps} look-ups.`
}

function estimateLine({ estimate: { requestsPerHour, secondsPerHour } }: Finding): string {
  const seconds = `${secondsPerHour.toFixed(1)} s of rendering and waiting`
  if (requestsPerHour < 0)
    return `Costs about ${Math.round(-requestsPerHour)} hits an hour, and spares ${seconds}.`
  return requestsPerHour === 0
    ? `Brings no hits; spares ${seconds} an hour.`
    : `Brings about ${Math.round(requestsPerHour)} hits an hour, and spares ${seconds}.`
}
