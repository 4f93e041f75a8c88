import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Environment } from '../exporters.ts';

/** The sampler of OTEL_TRACES_SAMPLER (default `parentbased_always_on`) and OTEL_TRACES_SAMPLER_ARG (a ratio from 0 to 1, default 1). */
export function samplerOf(env: Environment, warn: (message: string) => void): Sampler {
  const wanted = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  switch (wanted) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratioOf(env, warn));
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratioOf(env, warn)) });
    default:
      warn(`OTEL_TRACES_SAMPLER must be a sampler of the specification, got '${wanted}'; every trace is sampled`);
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
}

function ratioOf(env: Environment, warn: (message: string) => void): number {
  const text = env['OTEL_TRACES_SAMPLER_ARG'];
  if (text === undefined || text === '') return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warn(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, got '${text}'; every trace is sampled`);
  return 1;
}
