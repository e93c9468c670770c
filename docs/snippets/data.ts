/** Data that the documents' examples show, and functions that fetch and render it. */
import type { Visitor } from './visitors.js'

export const id = '1'
export const article = { id, title: 'First', author: 'ann' }
export const author = 'ann'
export const user: Visitor = { id: '7', name: 'Ann' }

export const buildReport = async (): Promise<string> => 'a report'
export const fetchRates = async (): Promise<Record<string, number>> => ({ EUR: 1, USD: 1.1 })
export const fetchRate = async (currency: string): Promise<number> => (currency === 'EUR' ? 1 : 1.1)
export const reindex = async (signal: AbortSignal): Promise<void> => signal.throwIfAborted()
export const loadUser = async (userId: string | undefined): Promise<Visitor | undefined> =>
  userId === undefined ? undefined : { id: userId, name: 'Ann' }
export const renderSidebar = (reader: Visitor): string => `<nav>${reader.name}</nav>`

/** Logger of an application. */
export const log = {
  info: (..._values: readonly unknown[]): void => undefined,
  warn: (..._values: readonly unknown[]): void => undefined,
}
