import { describe, expect, it } from '@jest/globals'
import { askedConditions, type HeaderMap } from '../index.js'

describe('askedConditions', () => {
  it.each<[string, HeaderMap]>([
    ['none', {}],
    ['none', { 'if-range': '"a"' }],
    ['answered-here', { 'if-none-match': '"a"' }],
    ['answered-here', { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
    ['answered-here', { range: 'bytes=0-' }],
    ['answered-here', { range: 'Bytes = 0- ', 'if-range': '"a"' }],
    ['for-the-handler', { range: 'bytes=0-1' }],
    ['for-the-handler', { range: 'bytes=10-' }],
    ['for-the-handler', { range: 'bytes=-1' }],
    ['for-the-handler', { range: 'bytes=0-,5-6' }],
    ['for-the-handler', { range: 'pages=0-' }],
    ['for-the-handler', { 'if-none-match': '"a"', range: 'bytes=5-' }],
    ['for-the-handler', { 'if-match': '"a"' }],
    ['for-the-handler', { 'if-unmodified-since': 'x', 'if-none-match': '"a"' }],
  ])('%s: %j', (conditions, headers) => expect(askedConditions(headers)).toBe(conditions))
})
