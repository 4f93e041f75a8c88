import { adapter as cron } from '../../triggers/cron/index.ts';
import { adapter as kafka } from '../../triggers/kafka/index.ts';
import { adapter as nats } from '../../triggers/nats/index.ts';
import { adapter as queue } from '../../triggers/queue/index.ts';
import type { Adapter } from '../trigger/adapter.ts';

/** The adapters that come with Sluice. Others are loaded by name: see `loadAdapters`. */
export const builtInAdapters: readonly Adapter[] = [queue, cron, nats, kafka];
