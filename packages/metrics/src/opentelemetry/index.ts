import { type Meter, metrics as metricsApi, type Tracer, trace } from '@opentelemetry/api'
import type { Cache } from '@sitecache/core'
import { countCaches, type MetricsOptions } from '../counting.js'
import { makeInstruments } from './instruments.js'
import { type SpanOptions, SpanTracer } from './tracer.js'

/** Options of `openTelemetry()`. */
export interface OpenTelemetryOptions extends MetricsOptions, SpanOptions {
  /** Tracer of the spans; false: none are made. @default that of the global provider */
  readonly tracer?: Tracer | false
  /** Meter of the instruments; false: none are made. @default that of the global provider */
  readonly meter?: Meter | false
}

/** OpenTelemetry’s view of caches, which lasts until it is closed. */
export interface OpenTelemetry {
  /** Ends it. */
  close(): void
}

/**
 * Tells OpenTelemetry what caches do. The active server span has the result of each request as
 * attributes; a render, a refresh, a value and an operation of a remote store have spans. The
 * metrics of `metrics()` are instruments. No URL, key or tag is shown.
 *
 * @param options see `OpenTelemetryOptions`. @default {}
 * @example
 * // behind the start of the SDK
 * openTelemetry({ caches })
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetry {
  const { tracer: givenTracer, meter: givenMeter, keyOf, requireParent, stores, ...counting } = options
  const counted = countCaches('openTelemetry', counting)
  const stops: (() => void)[] = [counted.close]
  if (givenMeter !== false)
    stops.push(makeInstruments(givenMeter ?? metricsApi.getMeter('@sitecache/metrics'), counted))
  if (givenTracer !== false) {
    const tracer = givenTracer ?? trace.getTracer('@sitecache/metrics')
    const spans = new SpanTracer(tracer, { keyOf, requireParent, stores })
    stops.push(...counted.caches().map((cache) => traceCache(cache, spans)))
  }
  return {
    close() {
      for (const stop of stops) stop()
    },
  }
}

function traceCache(cache: Cache, spans: SpanTracer): () => void {
  const { meter } = cache
  meter.tracer = spans
  const stop = cache.on('value', (detail) => spans.valueTold(detail))
  return () => {
    stop()
    if (meter.tracer === spans) meter.tracer = undefined
  }
}
