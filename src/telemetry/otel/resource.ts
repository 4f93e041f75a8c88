import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';

/** Who sends this telemetry. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word. */
export function resourceOf(serviceName: string, version: string): Resource {
  const own = resourceFromAttributes({
    'service.name': serviceName,
    'telemetry.distro.name': 'sluice',
    'telemetry.distro.version': version,
  });
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(own).merge(detected);
}
