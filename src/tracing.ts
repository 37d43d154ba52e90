import type { FastifyPluginCallback } from 'fastify'

/** Traces of requests, as they are collected and sent. */
export interface Tracing {
  /** To be registered before everything else. */
  readonly plugin: FastifyPluginCallback
  /** Sends what has not been sent yet, and stops. */
  close(): Promise<void>
}

const SERVICE = 'noclobber'

/**
 * One span per request, by `@fastify/otel`, sent by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp) to
 * `<endpoint>/v1/traces`. The trace goes on from the request's `traceparent`. A span has method, route pattern and status: no URL,
 * no header, no message of an error. The packages are loaded only here, so that who doesn't trace doesn't load them.
 */
export const startTracing = async (endpoint: string): Promise<Tracing> => {
  const [{ default: { FastifyOtelInstrumentation } }, { NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { defaultResource, resourceFromAttributes }] = await Promise.all([
    import('@fastify/otel'), import('@opentelemetry/sdk-trace-node'), import('@opentelemetry/exporter-trace-otlp-proto'), import('@opentelemetry/resources')
  ])
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? SERVICE })),
    spanProcessors: [new BatchSpanProcessor(exporter)]
  })
  provider.register()
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    requestHook: (span, { routeOptions: { url = '' } }) => void span.setAttribute('url.path', url)
  })
  instrumentation.setTracerProvider(provider)
  return { plugin: instrumentation.plugin(), close: () => provider.shutdown() }
}
